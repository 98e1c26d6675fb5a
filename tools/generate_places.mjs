// Writes matching/generated/places.inc: the communes of today, those that no longer exist with the
// commune that took them over, and the countries, each under its code of the Code officiel
// géographique (COG) of INSEE.
//
// Communes: npm package @etalab/decoupage-administratif 6.0.0 (COG 2026; Licence Ouverte 2.0).
// Countries: INSEE, COG, "pays et territoires étrangers", 2025 (Licence Ouverte 2.0).
//
// usage: npm install --ignore-scripts @etalab/decoupage-administratif@6.0.0   (in any folder)
//        node tools/generate_places.mjs THAT_FOLDER > matching/generated/places.inc
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

const folder = process.argv[2];
if (!folder) {
  console.error('usage: node tools/generate_places.mjs FOLDER > matching/generated/places.inc');
  process.exit(2);
}
const packageFolder = join(folder, 'node_modules', '@etalab', 'decoupage-administratif');
const readJson = (...path) => JSON.parse(readFileSync(join(packageFolder, ...path), 'utf8'));
const {version} = readJson('package.json');
const communes = readJson('data', 'communes.json');

// Last three digits and name; "=" leads to the state that took over a former one as a whole.
const countries = `
100 France|101 Danemark|102 Islande|103 Norvège|104 Suède|105 Finlande|106 Estonie|107 Lettonie
108 Lituanie|109 Allemagne|110 Autriche|111 Bulgarie|112 Hongrie|113 Liechtenstein|114 Roumanie
115 Tchécoslovaquie|116 Tchéquie|117 Slovaquie|118 Bosnie-Herzégovine|119 Croatie|120 Monténégro
121 Serbie|122 Pologne|123 Russie|124 Turquie d'Europe=208|125 Albanie|126 Grèce|127 Italie
128 Saint-Marin|129 Vatican|130 Andorre|131 Belgique|132 Royaume-Uni
133 Territoires britanniques en Méditerranée|134 Espagne|135 Pays-Bas|136 Irlande|137 Luxembourg
138 Monaco|139 Portugal|140 Suisse|141 Allemagne de l'Est=109|142 Allemagne de l'Ouest=109
143 Chypre=254|144 Malte|145 Slovénie|148 Biélorussie|151 Moldavie|155 Ukraine
156 Macédoine du Nord|157 Kosovo|158 Féroé|159 Territoires norvégiens en Atlantique Nord|160 Åland
161 Dépendances de la Couronne britannique|162 Île des Faisans
201 Arabie saoudite|202 Yémen du Nord=251|203 Irak|204 Iran|205 Liban|206 Syrie|207 Israël
208 Turquie|209 Sibérie|210 Turkestan russe|211 Kamtchatcka|212 Afghanistan|213 Pakistan
214 Bhoutan|215 Népal|216 Chine|217 Japon|218 Mandchoukouo|219 Thaïlande|220 Philippines
221 Territoires britanniques au Proche-Orient|222 Jordanie|223 Inde|224 Birmanie|225 Brunei
226 Singapour|227 Malaisie|228 États malais non fédérés|229 Maldives|230 Hong Kong|231 Indonésie
232 Macao|233 Yémen du Sud=251|234 Cambodge|235 Sri Lanka|236 Taïwan|237 Corée|238 Corée du Nord
239 Corée du Sud|240 Koweït|241 Laos|242 Mongolie|243 Vietnam|244 Vietnam du Nord=243
245 Vietnam du Sud=243|246 Bangladesh|247 Émirats arabes unis|248 Qatar|249 Bahreïn|250 Oman
251 Yémen|252 Arménie|253 Azerbaïdjan|254 Chypre|255 Géorgie|256 Kazakhstan|257 Kirghizstan
258 Ouzbékistan|259 Tadjikistan|260 Turkménistan|261 Palestine|262 Timor oriental
263 Protectorat d'Arabie du Sud|264 Nouvelle-Guinée néerlandaise
265 Territoires australiens de l'océan Indien
301 Égypte|302 Libéria|303 Afrique du Sud|304 Gambie|305 Cameroun britannique
306 Territoires britanniques de l'océan Atlantique|307 Kenya=332
308 Territoire britannique de l'océan Indien|309 Tanzanie|310 Zimbabwe|311 Namibie
312 République démocratique du Congo|313 Territoires espagnols en Afrique du Nord
314 Guinée équatoriale|315 Éthiopie|316 Libye|317 Érythrée|318 Somalie
319 Territoires portugais de l'océan Atlantique|320 Mozambique=393|321 Burundi|322 Cameroun
323 Centrafrique|324 Congo|325 Tanger|326 Côte d'Ivoire|327 Bénin|328 Gabon|329 Ghana|330 Guinée
331 Burkina|332 Kenya|333 Madagascar|334 Malawi|335 Mali|336 Mauritanie|337 Niger|338 Nigéria
339 Ouganda|340 Rwanda|341 Sénégal|342 Sierra Leone|343 Soudan|344 Tchad|345 Togo|346 Zambie
347 Botswana|348 Lesotho|349 Soudan du Sud|350 Maroc|351 Tunisie|352 Algérie|362 Zanzibar
363 Terres australes norvégiennes|389 Sahara occidental|390 Maurice|391 Swaziland
392 Guinée-Bissao|393 Mozambique|394 Sao Tomé-et-Principe|395 Angola|396 Cap-Vert|397 Comores
398 Seychelles|399 Djibouti
401 Canada|402 Terre-Neuve=401|403 Labrador=401|404 États-Unis|405 Mexique|406 Costa Rica|407 Cuba
408 République dominicaine|409 Guatémala|410 Haïti|411 Honduras|412 Nicaragua|413 Panama
414 Salvador|415 Argentine|416 Brésil|417 Chili|418 Bolivie|419 Colombie|420 Équateur|421 Paraguay
422 Pérou|423 Uruguay|424 Vénézuéla|425 Territoires britanniques dans les Antilles et Bermudes
426 Jamaïque|427 Territoires britanniques dans l'océan Atlantique Sud|428 Guyana|429 Bélize
430 Groenland|431 Aruba|432 Territoires des États-Unis en Amérique|433 Trinité-et-Tobago
434 Barbade|435 Grenade|436 Bahamas|437 Suriname|438 Dominique|439 Sainte-Lucie
440 Saint-Vincent-et-les-Grenadines|441 Antigua-et-Barbuda|442 Saint-Christophe-et-Niévès
443 Bonaire, Saint-Eustache, Saba|444 Curaçao|445 Saint-Martin (partie néerlandaise)
446 Territoire antarctique argentin|447 Territoire antarctique chilien
501 Australie|502 Nouvelle-Zélande|503 Pitcairn|504 Îles Hawaï=404
505 Territoires des États-Unis en Océanie|506 Samoa|507 Nauru|508 Fidji|509 Tonga
510 Papouasie-Nouvelle-Guinée|511 Tuvalu|512 Salomon|513 Kiribati|514 Vanuatu|515 Marshall
516 Micronésie|517 Palaos|519 Territoires de la Nouvelle-Zélande|520 Cook|521 Niue
522 Territoires de l'Australie en Océanie|699 Antarctique`;

// code -> {name, kind, current}; the letters of the kinds are read by matching/place.cc.
const places = new Map();
const current = new Map(
    communes.filter((c) => c.type === 'commune-actuelle').map((c) => [c.code, c]));

for (const commune of current.values()) {
  places.set(commune.code, {name: commune.nom, kind: 'C', current: commune.code});
}
// Births in Paris, Lyon and Marseille are coded by arrondissement: a place of today, of its own.
for (const commune of communes.filter((c) => c.type === 'arrondissement-municipal')) {
  places.set(commune.code, {name: commune.nom, kind: 'C', current: commune.code});
}
// Delegated and associated communes were communes; one of them often keeps the code of the whole.
for (const commune of communes.filter((c) => c.chefLieu)) {
  if (places.has(commune.code)) continue;
  places.set(commune.code, {name: commune.nom, kind: 'F', current: commune.chefLieu});
}
// Codes that exist no more, without a name of their own in the source: that of the commune that
// took over. They include the department 20 of Corsica, before 1976.
for (const commune of current.values()) {
  for (const code of commune.anciensCodes ?? []) {
    if (places.has(code)) continue;
    places.set(code, {name: commune.nom, kind: 'F', current: commune.code});
  }
}
for (const entry of countries.trim().split(/[|\n]/)) {
  const [, digits, name, successor] = /^(\d{3}) ([^=]+)(?:=(\d{3}))?$/.exec(entry.trim());
  places.set(`99${digits}`, {name, kind: 'P', current: `99${successor ?? digits}`});
}

// In the order of bytes, for a binary search.
const codes = [...places.keys()].sort();
for (const code of codes) {
  const {name, current: target} = places.get(code);
  if (!/^(\d{5}|2[AB]\d{3})$/.test(code) || !places.has(target) || /["\\\n]/.test(name)) {
    throw new Error(`cannot write ${code} ${name} -> ${target}`);
  }
}
const names = [...new Set(codes.map((code) => places.get(code).name))].sort();
// Compilers need not take string literals over 65,536 bytes: the names come in chunks, and the place
// of a name is (number of the chunk) * 65536 + offset.
const chunkBytesMax = 60000;
const chunks = [[]];
const offsets = new Map();
let length = 0;
for (const name of names) {
  if (length + Buffer.byteLength(name) > chunkBytesMax) {
    chunks.push([]);
    length = 0;
  }
  offsets.set(name, (chunks.length - 1) * 65536 + length);
  chunks.at(-1).push(name);
  length += Buffer.byteLength(name);
}
const counts = {C: 0, F: 0, P: 0};
for (const {kind} of places.values()) counts[kind] += 1;

const out = [];
out.push(`// GENERATED BY tools/generate_places.mjs; DO NOT EDIT.
// node tools/generate_places.mjs FOLDER_WITH_THE_NPM_PACKAGE > matching/generated/places.inc
// Communes: @etalab/decoupage-administratif ${version}, from the Code officiel géographique of INSEE.
// Countries: INSEE, Code officiel géographique, pays et territoires étrangers, 2025.
// Data under Licence Ouverte 2.0 (Etalab). ${counts.C} communes, ${counts.F} former codes, ${counts.P} countries.
// A row: code, code of today, kind (C commune, F former, P country), length of its name,
// chunk of its name * 65536 + offset.
// clang-format off
`);
out.push(`inline constexpr PlaceRow kPlaceRows[${codes.length}] = {`);
let line = '';
for (const code of codes) {
  const {name, kind, current: target} = places.get(code);
  const row = `{"${code}","${target}",'${kind}',${Buffer.byteLength(name)},${offsets.get(name)}},`;
  if (line.length + row.length > 118) {
    out.push(line);
    line = '';
  }
  line += row;
}
out.push(line, '};', '', `inline constexpr const char* kPlaceNameChunks[${chunks.length}] = {`);
for (const chunk of chunks) {
  line = '';
  for (const name of chunk) {
    if (line.length + name.length > 110) {
      out.push(`"${line}"`);
      line = '';
    }
    line += name;
  }
  out.push(`"${line}",`);
}
out.push('};', '// clang-format on');
console.log(out.join('\n'));
