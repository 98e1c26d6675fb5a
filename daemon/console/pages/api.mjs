// Calls of the JSON services (proto/vigie/v1), and who is signed in. Every call is a POST with the
// session's token; when the session has ended, the call waits until somebody has signed in again and
// is then sent as it was, under the same request id.

export class ApiError extends Error {
  // `reason` is machine-readable (daemon/registry/errors.h, daemon/console/refusals.h), or "network".
  constructor(status, reason, message, metadata = {}, fields = []) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.metadata = metadata;
    this.fields = fields;
  }
}

// What the page knows of the session. `current` null: nobody is signed in; `person`: whose page it is,
// also after the session's end.
export const session = { accounts: true, current: null, person: '', endsAt: 0, onRequired: null, onChange: null };

function keep(state) {
  session.accounts = state.accounts;
  session.current = state.signed_in ? { name: state.name, role: state.role, csrf: state.csrf } : null;
  session.idleSeconds = state.idle_left_seconds ?? 0;
  session.lastUse = Date.now();
  session.endsAt = Date.now() + 1000 * Math.min(state.idle_left_seconds ?? 0, state.age_left_seconds ?? 0);
  session.ageEndsAt = Date.now() + 1000 * (state.age_left_seconds ?? 0);
  session.onChange?.();
  return session;
}

async function errorOf(response) {
  let body;
  try { body = await response.json(); } catch { return new ApiError(response.status, 'unreadable', `HTTP ${response.status}`); }
  const details = (body.details ?? []).map((detail) => detail.debug ?? {});
  const info = details.find((detail) => detail.reason) ?? {};
  const fields = details.flatMap((detail) => detail.fieldViolations ?? []).map((violation) => ({ field: violation.field, code: violation.reason ?? violation.description }));
  return new ApiError(response.status, info.reason ?? body.code, body.message ?? '', info.metadata ?? {}, fields);
}

async function post(path, body, headers = {}) {
  let response;
  try {
    response = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body), cache: 'no-store' });
  } catch {
    throw new ApiError(0, 'network', 'no answer');
  }
  if (!response.ok) throw await errorOf(response);
  return response.json();
}

const token = () => (session.current ? { 'X-Vigie-Csrf': session.current.csrf } : {});

export async function loadSession() {
  const response = await fetch('/session', { cache: 'no-store' });
  if (!response.ok) throw await errorOf(response);
  return keep(await response.json());
}
export const signIn = async (name, password) => keep(await post('/sign-in', { name, password }));
export const signOut = async () => keep(await post('/sign-out', {}, token()));
export const extendSession = async () => keep(await post('/session', {}, token()));

// Ends of sessions are told once, however many calls meet them.
let waiting = null;
function signedInAgain() {
  waiting ??= session.onRequired().finally(() => { waiting = null; });
  return waiting;
}

// One call: `call('ReviewService', 'GetCase', { case_id })`. `background`: the page asks by itself, so
// the session is not lengthened, and nobody is asked to sign in.
export async function call(service, method, request, { background = false, seconds = 10 } = {}) {
  for (;;) {
    const csrf = session.current?.csrf;
    try {
      const headers = { ...token(), 'Connect-Protocol-Version': '1', 'Connect-Timeout-Ms': String(1000 * seconds), ...(background ? { 'X-Vigie-Background': '1' } : {}) };
      const answer = await post(`/vigie.v1.${service}/${method}`, request, headers);
      if (!background) {
        session.lastUse = Date.now();
        session.endsAt = Math.min(Date.now() + 1000 * session.idleSeconds, session.ageEndsAt);
        session.onUse?.();
      }
      return answer;
    } catch (error) {
      const ended = error.reason === 'sign_in_required' || error.reason === 'csrf_token_wrong';
      if (!ended || background) throw error;
      // Somebody signed in in another tab: the cookie is new, and so is its token.
      if (error.reason === 'csrf_token_wrong') {
        await loadSession();
        if (session.current?.name === session.person && session.current.csrf !== csrf) continue;
      }
      await signedInAgain();
    }
  }
}

// A new request id for a change; kept for its retries.
export const newRequestId = () => `console-${crypto.randomUUID()}`;
