// Starts the real vigied on free ports in a folder of its own, and speaks to it with @grpc/grpc-js:
// a client that shares no code with ours.
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { mkdtempSync, rmSync, appendFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';
import protobuf from 'protobufjs';
import { after } from 'node:test';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const bin = process.env.VIGIE_BIN ?? path.join(root, 'build/release/bin');

// Everything every daemon and client of the run said, for the canary test (zz_canary.test.mjs, which runs last).
export const outputLog = process.env.VIGIE_OUTPUT_LOG;
function remember(text) {
  if (outputLog) appendFileSync(outputLog, text);
}

const protoRoot = path.join(root, 'proto');
const definition = protoLoader.loadSync(
  ['identity', 'visit', 'review', 'proposal', 'label', 'qualification', 'backlog', 'administration', 'export'].map((n) => `vigie/v1/${n}.proto`),
  { includeDirs: [protoRoot], keepCase: true, longs: Number, enums: String, defaults: false, oneofs: true });
const v1 = grpc.loadPackageDefinition(definition).vigie.v1;

const rpcTypes = new protobuf.Root();
rpcTypes.resolvePath = (_, target) =>
  target.startsWith('google/protobuf/') ? target : path.join(protoRoot, target);
rpcTypes.loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto']);

// The google.rpc.Status of a failed call: { reason, metadata, fields: [..] }.
export function errorDetails(error) {
  const details = { reason: undefined, metadata: {}, fields: [] };
  const packed = error.metadata?.get('grpc-status-details-bin')[0];
  if (!packed) return details;
  const status = rpcTypes.lookupType('google.rpc.Status').decode(packed);
  for (const any of status.details) {
    const name = any.type_url.split('/').pop();
    const message = rpcTypes.lookupType(name).decode(any.value);
    if (name === 'google.rpc.ErrorInfo') {
      details.reason = message.reason;
      details.metadata = message.metadata;
    }
    if (name === 'google.rpc.BadRequest') {
      details.fields = (message.field_violations ?? message.fieldViolations).map((v) => v.field);
    }
  }
  return details;
}

export function temporaryFolder(name) {
  const folder = mkdtempSync(path.join(tmpdir(), `vigie-${name}-`));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

// A test that fails leaves its daemon behind, and a child that runs keeps this process for ever: what is left some time
// after the last test, when every hook has had its turn, is killed.
const running = new Set();
after(() => {
  setTimeout(() => { for (const daemon of running) daemon.kill(); }, 15000).unref();
});

export class Daemon {
  // Starts vigied on `data` and resolves when it says that it is ready.
  static async start(data, { env = {}, args = [] } = {}) {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const daemon = new Daemon();
    daemon.data = data;
    daemon.lines = [];
    const started = performance.now();
    daemon.process = spawn(path.join(bin, 'vigied'),
      ['--data', data, '--grpc-listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0', ...args],
      { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(daemon);
    daemon.exited = new Promise((resolve) => daemon.process.on('exit', (code, signal) => { running.delete(daemon); resolve({ code, signal }); }));
    daemon.process.stdout.on('data', (chunk) => remember(chunk));
    await new Promise((resolve, reject) => {
      createInterface({ input: daemon.process.stderr }).on('line', (line) => {
        remember(line + '\n');
        daemon.lines.push(line);
        let event;
        try { event = JSON.parse(line); } catch { return; }
        if (event.event === 'ready') {
          daemon.grpc = event.grpc;
          daemon.http = event.http;
          resolve();
        }
      });
      daemon.exited.then(({ code, signal }) =>
        reject(new Error(`vigied stopped before it was ready: ${code ?? signal}\n${daemon.lines.join('\n')}`)));
    });
    daemon.readyMilliseconds = performance.now() - started;
    const credentials = grpc.credentials.createInsecure();
    daemon.clients = Object.fromEntries(
      ['IdentityService', 'VisitService', 'ReviewService', 'ProposalService', 'LabelService', 'QualificationService', 'BacklogService', 'AdministrationService', 'ExportService']
        .map((name) => [name, new v1[name](daemon.grpc, credentials)]));
    return daemon;
  }

  // One unary call: resolves to the answer, rejects with grpc's error. `deadlineMilliseconds: null` sends none.
  call(service, method, request, { deadlineMilliseconds = 10000 } = {}) {
    const options = deadlineMilliseconds === null ? {} : { deadline: Date.now() + deadlineMilliseconds };
    return new Promise((resolve, reject) => {
      this.clients[service][method](request, options, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  }

  get(pathAndQuery) {
    return new Promise((resolve, reject) => {
      http.get(`http://${this.http}${pathAndQuery}`, (answer) => {
        let body = '';
        answer.on('data', (chunk) => (body += chunk));
        answer.on('end', () => { remember(body); resolve({ status: answer.statusCode, body }); });
      }).on('error', reject);
    });
  }

  closeClients() {
    for (const client of Object.values(this.clients ?? {})) client.close();
  }

  async kill() {
    this.process.kill('SIGKILL');
    await this.exited;
    this.closeClients();
  }

  // Asks politely and expects exit code 0.
  async stop() {
    this.process.kill('SIGTERM');
    const { code, signal } = await this.exited;
    this.closeClients();
    if (code !== 0) throw new Error(`vigied ended with ${code ?? signal}\n${this.lines.slice(-5).join('\n')}`);
  }
}

// Runs the command-line client against `daemon` (or none) and gives { code, stdout, stderr }.
export function vigie(daemon, args, options = {}) {
  const server = daemon ? ['--server', daemon.grpc] : [];
  const result = spawnSync(path.join(bin, 'vigie'), [...server, ...args],
    { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 600000, ...options });
  remember(result.stderr ?? '');
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

// The same without waiting: { child, finished }.
export function vigieInBackground(daemon, args) {
  const child = spawn(path.join(bin, 'vigie'), ['--server', daemon.grpc, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => { stderr += chunk; remember(chunk); });
  return { child, finished: new Promise((resolve) => child.on('exit', (code) => resolve({ code, stdout, stderr }))) };
}

// Small deterministic random numbers: the seed is printed by the tests that use them.
export function randomFrom(seed) {
  let state = BigInt(seed) * 0x9e3779b97f4a7c15n + 1n;
  return (bound) => {
    state ^= (state << 13n) & 0xffffffffffffffffn;
    state ^= state >> 7n;
    state ^= (state << 17n) & 0xffffffffffffffffn;
    return Number((state & 0xffffffffn) % BigInt(bound));
  };
}

const familyNames = ['MARTIN', 'BERNARD', 'THOMAS', 'PETIT', 'ROBERT', 'RICHARD', 'DURAND', 'DUBOIS', 'MOREAU', 'LAURENT'];
const givenNames = ['MARIE', 'JEAN', 'PIERRE', 'ANNE', 'LOUIS', 'JEANNE', 'PAUL', 'CLAIRE', 'HUGO', 'ALICE'];

// Traits of a generated person; `n` chooses them, `letters` makes the family name rare.
export function generatedTraits(n) {
  const letters = String.fromCharCode(65 + (n % 26), 65 + (Math.floor(n / 26) % 26), 65 + (Math.floor(n / 676) % 26));
  return {
    birth_family_name: familyNames[n % 10] + letters,
    first_birth_given_name: givenNames[Math.floor(n / 10) % 10],
    birth_given_names: givenNames[Math.floor(n / 10) % 10],
    sex: n % 2 ? 'SEX_FEMALE' : 'SEX_MALE',
    birth_date: { year: 1940 + (n % 70), month: 1 + (n % 12), day: 1 + (n % 28) },
    birth_place_code: '63220',
  };
}
