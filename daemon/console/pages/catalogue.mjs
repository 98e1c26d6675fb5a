// Every text of the console, French and English. Sentences about scores come from the daemon, which
// has a catalogue of its own (matching/sentences.cc).

const texts = {
  app_title: ['Vigie · Console d’identitovigilance', 'Vigie · Identity vigilance console'],
  brand: ['Vigie · Identitovigilance', 'Vigie · Identity vigilance'],
  skip: ['Aller au contenu', 'Skip to content'],
  other_language: ['English', 'Français'],
  language_label: ['Afficher la page en anglais', 'Show the page in French'],
  signed_in_as: ['Connecté : {name} ({role})', 'Signed in: {name} ({role})'],
  role_reader: ['lecture', 'reader'],
  role_reviewer: ['instruction', 'reviewer'],
  role_supervisor: ['supervision', 'supervisor'],
  sign_out: ['Se déconnecter', 'Sign out'],
  sign_in_title: ['Se connecter', 'Sign in'],
  sign_in_lead: ['Console de la cellule d’identitovigilance.', 'Console of the identity vigilance unit.'],
  sign_in_again_title: ['Votre session est terminée', 'Your session has ended'],
  sign_in_again_lead: ['Reconnectez-vous : rien de ce que vous avez saisi n’est perdu.', 'Sign in again: nothing you typed is lost.'],
  user_name: ['Identifiant', 'User name'],
  password: ['Mot de passe', 'Password'],
  sign_in_button: ['Se connecter', 'Sign in'],
  signing_in: ['Vérification…', 'Checking…'],
  error_sign_in_failed: ['Identifiant ou mot de passe inconnu.', 'Unknown user name or password.'],
  error_too_many_attempts: ['Trop de tentatives. Réessayez dans {retry_after_seconds} secondes.', 'Too many attempts. Try again in {retry_after_seconds} seconds.'],
  error_too_many_sessions: ['Trop de personnes sont connectées. Réessayez plus tard.', 'Too many people are signed in. Try again later.'],
  error_server_busy: ['Le service est très sollicité. Réessayez dans un instant.', 'The service is very busy. Try again in a moment.'],
  error_network: ['Le service ne répond pas. Vérifiez qu’il est en marche, puis réessayez.', 'The service does not answer. Check that it is running, then try again.'],
  error_role_insufficient: ['Votre rôle ne permet pas cette action.', 'Your role does not allow this action.'],
  error_other: ['L’action a échoué ({reason}).', 'The action failed ({reason}).'],
  missing_both: ['Saisissez l’identifiant et le mot de passe.', 'Enter the user name and the password.'],
  no_accounts_title: ['Aucun compte n’est configuré', 'No account is configured'],
  no_accounts_lead: [
    'La console demande un compte à chaque personne. Sur le serveur, l’administrateur crée le premier :',
    'The console asks everybody for an account. On the server, the administrator makes the first one:'],
  no_accounts_then: [
    'Puis il nomme le fichier dans la configuration et redémarre le service :',
    'Then they name the file in the configuration and restart the service:'],
  session_ends: ['Votre session se termine dans moins de deux minutes.', 'Your session ends in less than two minutes.'],
  stay: ['Rester connecté', 'Stay signed in'],
  welcome_title: ['Accueil', 'Home'],
  welcome_lead: ['Vous êtes connecté.', 'You are signed in.'],
};

const languages = ['fr', 'en'];
const storageKey = 'vigie.language';

function stored() {
  try { return localStorage.getItem(storageKey); } catch { return null; }
}
let language = languages.includes(stored()) ? stored() : 'fr';

export const currentLanguage = () => language;
export function setLanguage(next) {
  language = next;
  try { localStorage.setItem(storageKey, next); } catch { /* A browser that keeps nothing: until the page is closed. */ }
}
export const otherLanguage = () => languages.find((one) => one !== language);

// The text of `key` in the language of the page, or of `inLanguage`; {name} stands for values.name.
export function t(key, values = {}, inLanguage = language) {
  const pair = texts[key];
  if (!pair) throw new Error(`no text "${key}"`);
  return pair[languages.indexOf(inLanguage)].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}
export const hasText = (key) => key in texts;
// A Sentence of the contract.
export const sentence = (both) => (both ? (language === 'fr' ? both.french : both.english) : '');
// What to say of an ApiError.
export const errorText = (error) =>
  hasText(`error_${error.reason}`) ? t(`error_${error.reason}`, error.metadata) : t('error_other', { reason: error.reason ?? error.message });
export const everyText = () => texts;
