#include "tools/hospital_names.h"

namespace vigie::tools {
namespace {

using Names = std::vector<std::string_view>;

// clang-format off
const Names kFrenchFamilies = {
  "Martin", "Bernard", "Thomas", "Petit", "Robert", "Richard", "Durand", "Dubois", "Moreau", "Laurent",
  "Simon", "Michel", "Lefèvre", "Leroy", "Roux", "David", "Bertrand", "Morel", "Fournier", "Girard",
  "Bonnet", "Dupont", "Lambert", "Fontaine", "Rousseau", "Vincent", "Müller", "Lefebvre", "Faure", "André",
  "Mercier", "Blanc", "Guérin", "Boyer", "Garnier", "Chevalier", "François", "Legrand", "Gauthier", "Garcia",
  "Perrin", "Robin", "Clément", "Morin", "Nicolas", "Henry", "Roussel", "Mathieu", "Gautier", "Masson",
  "Marchand", "Duval", "Denis", "Dumont", "Marie", "Lemaire", "Noël", "Meyer", "Dufour", "Meunier",
  "Brun", "Blanchard", "Giraud", "Joly", "Rivière", "Lucas", "Brunet", "Gaillard", "Barbier", "Arnaud",
  "Martinet", "Gérard", "Roche", "Renard", "Schmitt", "Roy", "Leroux", "Colin", "Vidal", "Caron",
  "Picard", "Roger", "Fabre", "Aubert", "Lemoine", "Renaud", "Dumas", "Lacroix", "Olivier", "Philippe",
  "Bourgeois", "Pierre", "Benoît", "Rey", "Leclerc", "Payet", "Rolland", "Leclercq", "Guillaume", "Lecomte",
  "Jean", "Lopez", "Dupuy", "Guillot", "Hubert", "Berger", "Carpentier", "Sanchez", "Dupuis", "Moulin",
  "Louis", "Deschamps", "Huet", "Vasseur", "Boucher", "Fleury", "Royer", "Klein", "Jacquet", "Adam",
  "Paris", "Poirier", "Marty", "Aubry", "Guyot", "Carré", "Charles", "Renault", "Charpentier", "Ménard",
  "Maillard", "Baron", "Bertin", "Bailly", "Hervé", "Schneider", "Le Gall", "Collet", "Léger", "Bouvier",
  "Julien", "Prévost", "Millet", "Perrot", "Daniel", "Le Roux", "Cousin", "Germain", "Breton", "Besson",
  "Langlois", "Rémy", "Le Goff", "Pelletier", "Lévêque", "Perrier", "Leblanc", "Barré", "Lebrun", "Marchal",
  "Weber", "Mallet", "Hamon", "Boulanger", "Jacob", "Monnier", "Michaud", "Guichard", "Poulain", "Étienne",
  "Hoarau", "Tessier", "Chevallier", "Collin", "Lemaître", "Bénard", "Chauvin", "Bouchet", "Marechal", "Gay",
  "Humbert", "Antoine", "Perret", "Reynaud", "Cordier", "Pichon", "Barthélemy", "Gilbert", "Lejeune", "Briand",
  "Pasquier", "Coulon", "Buisson", "Evrard", "Grondin", "Albert", "Delaunay", "Camus", "Blot", "Ollivier",
  "Chauvet", "Lamy", "Lebon", "Carlier", "Maury", "Rossignol", "Pons", "Besnard", "Delmas", "Coste",
  "Lesage", "Guillet", "Lacombe", "Blondel", "Vallée", "Devaux", "Verdier", "Bigot", "Ferrand", "Texier",
  "Bodin", "Maillot", "Colas", "Guérin-Roux", "Chartier", "Bazin", "Tanguy", "Grenier", "Allard", "Bouvet",
  "Peltier", "Couturier", "Merle", "Launay", "Delattre", "Dijoux", "Lagarde", "Raynaud", "Imbert", "Regnier",
  "Le Corre", "Alexandre", "Parent", "Mahé", "Voisin", "Torres", "Georges", "Bruneau", "Hardy", "Pascal",
  "Ledoux", "Seguin", "Rodier", "Courtois", "Valentin", "Poncet", "Laporte", "Bousquet", "Tournier", "Wagner",
  "Pineau", "Vaillant", "Boutin", "Laroche", "Mounier", "Le Bihan", "Masse", "Leduc", "Descamps", "Fischer",
  "De Oliveira", "Fouquet", "Sauvage", "Lelièvre", "Ruiz", "Couderc", "Riou", "Combes", "Charrier", "Levasseur",
  "Foucher", "Jourdan", "Favre", "Bonneau", "Lafont", "Duhamel", "Guillon", "Granger", "Allain", "Jacquot",
  "Diallo", "Gros", "Salmon", "Begue", "Coulibaly", "Ferry", "Navarro", "Turpin", "Prat", "Godard",
  "Vial", "Rousset", "Duclos", "Lagrange", "Hernandez", "Bourdon", "Chapuis", "Martel", "Blin", "Valette",
  "Maurice", "Munier", "Hébert", "Techer", "Claude", "Roques", "Bruno", "Toussaint", "Zimmermann", "Jung",
  "Le Gal", "Guilbert", "Sabatier", "Drouet", "Chauveau", "Lhomme", "Thibault", "Neveu", "Le Roy", "Barbe",
  "Ferreira", "Weiss", "Gomez", "Pottier", "Delorme", "Prigent", "Kieffer", "Bourgoin", "Cohen", "Astier",
  "Gallet", "Brault", "Bontemps", "Vigneron", "Sauvageot", "Lachaud", "Chabert", "Vacher", "Fayolle", "Chassagne",
  "Bourdier", "Achard", "Faucher", "Mazet", "Tixier", "Chomette", "Fournet", "Monteil", "Serre", "Pradier",
  "D'Hondt", "De la Tour", "Du Bois", "D'Angelo", "L'Hostis", "Le Saint", "De Sousa", "Saint-Martin", "Saint-Jean", "Dell'Ova",
};

const Names kMaghrebFamilies = {
  "Benali", "Mohamed", "Ahmed", "Saïdi", "Belkacem", "Hamdi", "Bouzid", "Amrani", "Mansouri", "Haddad",
  "Cherif", "Brahimi", "Slimani", "Benamar", "Khelifi", "Ziani", "Toumi", "Bensaid", "Rahmani", "Meziane",
  "Boukhari", "El Idrissi", "El Amrani", "El Alaoui", "Ait Ahmed", "Ait Said", "Ould Ali", "Ben Salah", "Ben Amor", "Trabelsi",
  "Gharbi", "Jebali", "Bouazizi", "Hammami", "Chaabane", "Ferhat", "Kaci", "Mokrani", "Yahiaoui", "Belhadj",
  "Zerrouki", "Djebbar", "Guerroudj", "Lakhdar", "Moussaoui", "Naïm", "Tahiri", "Chraïbi", "Bennani", "Fassi",
};
const Names kPortugueseFamilies = {
  "Da Silva", "Dos Santos", "Pereira", "Ferreira", "Fernandes", "Rodrigues", "Gonçalves", "Oliveira", "Martins", "Gomes",
  "Lopes", "Alves", "Marques", "Ribeiro", "Carvalho", "Teixeira", "De Almeida", "Da Costa", "Moreira", "Pinto",
};
const Names kSpanishFamilies = {
  "Garcia", "Martinez", "Lopez", "Sanchez", "Perez", "Gonzalez", "Rodriguez", "Fernandez", "Gomez", "Ruiz",
  "Hernandez", "Jimenez", "Moreno", "Muñoz", "Alvarez", "Romero", "Navarro", "Torres", "Ramirez", "Ortega",
};
const Names kItalianFamilies = {
  "Rossi", "Russo", "Ferrari", "Bianchi", "Romano", "Ricci", "Marino", "Greco", "Bruno", "Gallo",
  "Conti", "De Luca", "Costa", "Giordano", "Rizzo", "Lombardi", "Moretti", "Colombo", "D'Amico", "Santoro",
};
const Names kPolishFamilies = {
  "Nowak", "Kowalski", "Wisniewski", "Wojcik", "Kowalczyk", "Kaminski", "Lewandowski", "Zielinski", "Szymanski", "Wozniak",
  "Dombrowski", "Kozlowski", "Jankowski", "Mazur", "Krawczyk", "Piotrowski", "Grabowski", "Pawlak", "Michalski", "Król",
};
const Names kTurkishFamilies = {
  "Yilmaz", "Kaya", "Demir", "Çelik", "Şahin", "Yildiz", "Yildirim", "Öztürk", "Aydin", "Özdemir",
  "Arslan", "Doğan", "Kiliç", "Aslan", "Çetin", "Kara", "Koç", "Kurt", "Özkan", "Polat",
};
const Names kVietnameseFamilies = {
  "Nguyen", "Tran", "Le", "Pham", "Huynh", "Phan", "Vu", "Vo", "Dang", "Bui",
  "Do", "Ho", "Ngo", "Duong", "Ly", "Chen", "Wang", "Li", "Zhang", "Wu",
};
const Names kAfricanFamilies = {
  "Diallo", "Traoré", "Coulibaly", "Diop", "Ndiaye", "Keita", "Camara", "Konaté", "Bah", "Barry",
  "Sow", "Fall", "Cissé", "Touré", "Koné", "Sissoko", "N'Diaye", "Mbaye", "Kouassi", "Ouattara",
  "Diarra", "Sylla", "Dembélé", "Mendy", "Gueye", "Ba", "Sarr", "Kamara", "N'Guessan", "Mbemba",
};
const Names kArmenianFamilies = {
  "Sarkissian", "Grigorian", "Hakobyan", "Petrosyan", "Manoukian", "Papazian", "Kevorkian", "Bedrossian", "Garabedian", "Avakian",
};

// name, year of its peak, spread in years, weight at the peak
const std::vector<GivenName> kFrenchMale = {
  {"Jean", 1938, 18, 95}, {"Pierre", 1935, 25, 62}, {"Michel", 1946, 10, 90}, {"André", 1925, 13, 78},
  {"Philippe", 1960, 8, 72}, {"René", 1926, 13, 56}, {"Louis", 1915, 16, 48}, {"Alain", 1950, 8, 64},
  {"Jacques", 1940, 12, 60}, {"Bernard", 1947, 8, 52}, {"Marcel", 1919, 13, 48}, {"Daniel", 1948, 9, 48},
  {"Roger", 1926, 12, 47}, {"Robert", 1930, 13, 46}, {"Claude", 1940, 10, 55}, {"Henri", 1920, 15, 40},
  {"Christian", 1953, 9, 46}, {"Georges", 1920, 14, 38}, {"Nicolas", 1981, 8, 72}, {"François", 1950, 16, 34},
  {"Patrick", 1957, 8, 58}, {"Gérard", 1948, 9, 44}, {"Christophe", 1969, 6, 66}, {"Joseph", 1912, 15, 38},
  {"Julien", 1984, 7, 58}, {"Maurice", 1922, 12, 36}, {"Laurent", 1967, 7, 50}, {"Frédéric", 1971, 6, 52},
  {"Éric", 1965, 7, 52}, {"David", 1972, 7, 52}, {"Stéphane", 1971, 5, 56}, {"Pascal", 1962, 6, 54},
  {"Sébastien", 1977, 5, 60}, {"Alexandre", 1989, 9, 52}, {"Thierry", 1964, 6, 54}, {"Olivier", 1970, 7, 42},
  {"Thomas", 1989, 9, 56}, {"Antoine", 1993, 12, 34}, {"Raymond", 1924, 11, 34}, {"Guy", 1936, 11, 34},
  {"Dominique", 1957, 8, 30}, {"Marc", 1961, 9, 33}, {"Vincent", 1979, 10, 34}, {"Bruno", 1963, 6, 36},
  {"Serge", 1952, 9, 34}, {"Francis", 1947, 10, 30}, {"Hervé", 1963, 6, 30}, {"Didier", 1959, 6, 40},
  {"Guillaume", 1984, 7, 44}, {"Romain", 1987, 7, 48}, {"Anthony", 1988, 7, 38}, {"Kevin", 1992, 4, 60},
  {"Maxime", 1992, 8, 46}, {"Jérôme", 1976, 5, 40}, {"Mathieu", 1985, 7, 34}, {"Clément", 1994, 8, 38},
  {"Benjamin", 1988, 8, 34}, {"Florian", 1992, 6, 34}, {"Quentin", 1993, 6, 34}, {"Adrien", 1989, 9, 30},
  {"Jérémy", 1987, 5, 36}, {"Arnaud", 1979, 8, 26}, {"Fabrice", 1971, 5, 30}, {"Cédric", 1978, 5, 30},
  {"Lucas", 2003, 8, 52}, {"Hugo", 2003, 7, 48}, {"Théo", 2001, 7, 42}, {"Enzo", 2006, 5, 48},
  {"Nathan", 2006, 7, 40}, {"Léo", 2014, 8, 44}, {"Gabriel", 2016, 8, 48}, {"Raphaël", 2014, 9, 42},
  {"Arthur", 2014, 9, 38}, {"Louis-Marie", 1935, 20, 4}, {"Jules", 2016, 8, 36}, {"Adam", 2015, 8, 36},
  {"Maël", 2018, 6, 32}, {"Noah", 2016, 7, 34}, {"Liam", 2017, 5, 32}, {"Ethan", 2010, 5, 28},
  {"Tom", 2009, 7, 30}, {"Sacha", 2015, 7, 28}, {"Paul", 1925, 30, 34}, {"Victor", 2010, 20, 18},
  {"Simon", 1996, 14, 20}, {"Baptiste", 1998, 8, 28}, {"Alexis", 1993, 8, 36}, {"Valentin", 1995, 7, 34},
  {"Dylan", 1997, 4, 34}, {"Jordan", 1993, 4, 34}, {"Mickaël", 1983, 6, 34}, {"Ludovic", 1976, 6, 24},
  {"Yves", 1946, 12, 28}, {"Jean-Pierre", 1947, 8, 38}, {"Jean-Claude", 1946, 7, 38}, {"Jean-Paul", 1948, 9, 22},
  {"Jean-Luc", 1958, 6, 24}, {"Jean-Michel", 1955, 7, 22}, {"Jean-Marie", 1948, 12, 18}, {"Jean-François", 1957, 9, 18},
  {"Jean-Louis", 1946, 10, 18}, {"Jean-Marc", 1960, 6, 20}, {"Jean-Jacques", 1948, 9, 14}, {"Jean-Christophe", 1969, 6, 7},
  {"Jean-Baptiste", 1985, 15, 8}, {"Pierre-Yves", 1968, 9, 6}, {"Marc-Antoine", 1990, 12, 4}, {"Paul-Émile", 1920, 15, 3},
  {"Gilbert", 1934, 11, 22}, {"Roland", 1935, 11, 18}, {"Lucien", 1917, 12, 26}, {"Émile", 1911, 12, 24},
  {"Fernand", 1916, 11, 20}, {"Albert", 1917, 13, 22}, {"Léon", 1910, 12, 20}, {"Eugène", 1908, 11, 18},
  {"Gaston", 1915, 11, 16}, {"Charles", 1915, 16, 22}, {"Jean-Noël", 1955, 10, 6}, {"Gilles", 1961, 7, 26},
  {"Joël", 1953, 8, 24}, {"Denis", 1956, 9, 20}, {"Xavier", 1973, 10, 18}, {"Emmanuel", 1972, 8, 24},
  {"Grégory", 1981, 5, 24}, {"Damien", 1983, 7, 26}, {"Samuel", 1992, 14, 18}, {"Aurélien", 1985, 6, 22},
  {"Loïc", 1988, 9, 20}, {"Fabien", 1980, 7, 24}, {"Yann", 1978, 10, 16}, {"Gaël", 1985, 14, 10},
  {"Ronan", 1983, 12, 6}, {"Erwan", 1988, 12, 9}, {"Mathis", 2005, 6, 30}, {"Axel", 2002, 9, 20},
  {"Evan", 2008, 6, 20}, {"Timéo", 2013, 5, 22}, {"Nolan", 2010, 5, 22}, {"Gabin", 2016, 6, 22},
  {"Eden", 2018, 4, 16}, {"Aaron", 2016, 5, 18}, {"Marius", 2018, 7, 16}, {"Malo", 2016, 6, 10},
  {"Augustin", 2012, 12, 8}, {"Côme", 2018, 6, 6}, {"Régis", 1962, 8, 14}, {"Rémi", 1988, 8, 22},
  {"Corentin", 1996, 7, 20}, {"Tristan", 1998, 9, 14}, {"Bastien", 1993, 8, 20}, {"Dorian", 1997, 6, 16},
  {"Ange", 1960, 40, 3}, {"Toussaint", 1935, 25, 2}, {"Pascal-Paul", 1950, 20, 1}, {"Camille", 1925, 25, 8},
};

const std::vector<GivenName> kFrenchFemale = {
  {"Marie", 1920, 25, 110}, {"Jeanne", 1915, 16, 62}, {"Monique", 1942, 9, 66}, {"Françoise", 1946, 9, 66},
  {"Nathalie", 1966, 6, 82}, {"Isabelle", 1965, 7, 70}, {"Jacqueline", 1937, 10, 62}, {"Catherine", 1958, 8, 66},
  {"Sylvie", 1961, 6, 70}, {"Anne", 1962, 13, 38}, {"Martine", 1953, 6, 68}, {"Madeleine", 1920, 14, 44},
  {"Nicole", 1945, 9, 58}, {"Christine", 1958, 8, 56}, {"Suzanne", 1918, 13, 42}, {"Marguerite", 1912, 13, 38},
  {"Hélène", 1935, 22, 28}, {"Denise", 1926, 11, 42}, {"Christiane", 1944, 9, 42}, {"Valérie", 1968, 5, 66},
  {"Louise", 1912, 15, 32}, {"Stéphanie", 1976, 5, 62}, {"Sandrine", 1972, 5, 60}, {"Véronique", 1963, 6, 58},
  {"Yvette", 1930, 10, 36}, {"Germaine", 1912, 12, 40}, {"Yvonne", 1916, 12, 38}, {"Brigitte", 1957, 6, 52},
  {"Chantal", 1954, 7, 50}, {"Paulette", 1927, 9, 36}, {"Simone", 1922, 10, 42}, {"Céline", 1979, 6, 56},
  {"Annie", 1949, 9, 38}, {"Odette", 1923, 10, 32}, {"Michèle", 1947, 8, 40}, {"Danielle", 1947, 8, 38},
  {"Patricia", 1962, 7, 48}, {"Renée", 1923, 12, 34}, {"Julie", 1986, 8, 52}, {"Émilie", 1982, 6, 50},
  {"Aurélie", 1982, 5, 52}, {"Caroline", 1976, 8, 36}, {"Virginie", 1975, 6, 42}, {"Laurence", 1966, 6, 42},
  {"Sophie", 1970, 9, 42}, {"Corinne", 1964, 6, 42}, {"Florence", 1966, 7, 38}, {"Élodie", 1986, 6, 46},
  {"Laura", 1991, 7, 46}, {"Pauline", 1991, 9, 38}, {"Camille", 1995, 10, 48}, {"Marion", 1990, 7, 40},
  {"Manon", 1997, 8, 44}, {"Léa", 2000, 7, 56}, {"Chloé", 2001, 8, 46}, {"Emma", 2006, 8, 54},
  {"Sarah", 1996, 12, 34}, {"Mathilde", 1995, 9, 32}, {"Lucie", 1992, 10, 32}, {"Inès", 2004, 9, 32},
  {"Jade", 2010, 8, 44}, {"Louane", 2014, 4, 26}, {"Alice", 2014, 10, 34}, {"Lina", 2012, 8, 28},
  {"Rose", 2017, 7, 26}, {"Mila", 2017, 5, 30}, {"Ambre", 2018, 6, 26}, {"Juliette", 2008, 12, 26},
  {"Zoé", 2009, 8, 26}, {"Lola", 2007, 6, 28}, {"Anna", 2014, 9, 24}, {"Agathe", 2014, 9, 16},
  {"Léna", 2010, 7, 24}, {"Romane", 2006, 9, 20}, {"Eva", 2008, 8, 24}, {"Clara", 2001, 9, 30},
  {"Margaux", 1998, 9, 20}, {"Justine", 1993, 7, 32}, {"Anaïs", 1993, 7, 38}, {"Mélanie", 1985, 6, 38},
  {"Audrey", 1984, 6, 38}, {"Delphine", 1976, 6, 36}, {"Karine", 1973, 5, 38}, {"Sabrina", 1983, 7, 26},
  {"Jessica", 1987, 5, 32}, {"Jennifer", 1986, 4, 32}, {"Amandine", 1985, 6, 34}, {"Laetitia", 1979, 5, 34},
  {"Hélèna", 2003, 9, 4}, {"Agnès", 1962, 10, 24}, {"Dominique", 1955, 7, 32}, {"Josiane", 1950, 8, 28},
  {"Evelyne", 1952, 7, 30}, {"Colette", 1934, 11, 32}, {"Ginette", 1932, 8, 26}, {"Huguette", 1930, 8, 22},
  {"Lucienne", 1920, 11, 24}, {"Raymonde", 1924, 10, 22}, {"Marcelle", 1919, 12, 30}, {"Andrée", 1922, 12, 28},
  {"Georgette", 1920, 11, 24}, {"Thérèse", 1926, 14, 28}, {"Henriette", 1914, 12, 20}, {"Gabrielle", 1912, 14, 18},
  {"Berthe", 1906, 10, 16}, {"Alphonsine", 1902, 10, 6}, {"Augustine", 1905, 11, 10}, {"Claudine", 1946, 11, 22},
  {"Éliane", 1940, 12, 22}, {"Arlette", 1935, 9, 22}, {"Liliane", 1942, 10, 20}, {"Bernadette", 1946, 10, 22},
  {"Geneviève", 1938, 13, 28}, {"Marie-Thérèse", 1938, 12, 22}, {"Marie-Claude", 1949, 8, 20}, {"Marie-Christine", 1955, 7, 20},
  {"Marie-Françoise", 1949, 8, 16}, {"Marie-Louise", 1930, 15, 14}, {"Marie-Hélène", 1956, 10, 12}, {"Marie-Laure", 1966, 8, 10},
  {"Marie-Pierre", 1960, 8, 9}, {"Marie-Josèphe", 1940, 14, 6}, {"Anne-Marie", 1948, 12, 22}, {"Anne-Sophie", 1978, 8, 12},
  {"Anne-Laure", 1979, 7, 10}, {"Rose-Marie", 1950, 14, 8}, {"Marie-Line", 1960, 8, 8}, {"Anne-Claire", 1980, 9, 5},
  {"Ghislaine", 1950, 10, 16}, {"Mireille", 1948, 10, 22}, {"Nadine", 1957, 8, 26}, {"Joëlle", 1954, 8, 22},
  {"Maryse", 1951, 9, 20}, {"Béatrice", 1962, 7, 30}, {"Pascale", 1963, 6, 26}, {"Muriel", 1966, 7, 18},
  {"Carole", 1968, 8, 22}, {"Magali", 1974, 7, 20}, {"Séverine", 1976, 5, 28}, {"Angélique", 1977, 6, 26},
  {"Vanessa", 1980, 6, 24}, {"Charlotte", 1991, 10, 24}, {"Claire", 1982, 13, 26}, {"Marine", 1992, 6, 34},
  {"Morgane", 1993, 7, 24}, {"Ophélie", 1991, 6, 18}, {"Noémie", 1995, 8, 22}, {"Océane", 1999, 5, 32},
  {"Maëlys", 2009, 6, 22}, {"Lou", 2013, 7, 18}, {"Nina", 2012, 9, 18}, {"Éléna", 2010, 8, 14},
  {"Gaëlle", 1981, 9, 18}, {"Nolwenn", 1988, 12, 6}, {"Solenn", 1990, 12, 5}, {"Maïwenn", 2003, 8, 4},
  {"Élisabeth", 1952, 16, 24}, {"Solange", 1930, 12, 14}, {"Odile", 1950, 12, 18}, {"Cécile", 1970, 14, 20},
};
const std::vector<GivenName> kMaghrebMale = {
  {"Mohamed", 1985, 30, 90}, {"Ahmed", 1970, 30, 40}, {"Ali", 1970, 30, 30}, {"Abdelkader", 1955, 20, 24}, {"Youssef", 1995, 18, 28},
  {"Karim", 1980, 14, 30}, {"Mehdi", 1988, 12, 26}, {"Rachid", 1970, 12, 24}, {"Said", 1965, 16, 20}, {"Omar", 1990, 24, 18},
  {"Hassan", 1965, 18, 16}, {"Mustapha", 1962, 16, 16}, {"Abd El Kader", 1952, 18, 6}, {"Bilal", 1998, 12, 18}, {"Ilyes", 2010, 9, 22},
  {"Ibrahim", 2005, 15, 20}, {"Amine", 1996, 12, 24}, {"Yanis", 2006, 9, 26}, {"Rayan", 2008, 8, 26}, {"Mohammed", 1985, 28, 30},
  {"Nabil", 1978, 12, 12}, {"Samir", 1975, 12, 16}, {"Hamza", 1999, 10, 16}, {"Brahim", 1965, 16, 10}, {"Lahcen", 1950, 14, 8},
};
const std::vector<GivenName> kMaghrebFemale = {
  {"Fatima", 1965, 24, 60}, {"Khadija", 1968, 20, 30}, {"Aïcha", 1970, 26, 30}, {"Fatiha", 1962, 14, 22}, {"Nadia", 1974, 13, 26},
  {"Samira", 1974, 12, 24}, {"Leïla", 1982, 18, 20}, {"Yasmine", 1998, 11, 26}, {"Nour", 2010, 9, 20}, {"Malika", 1964, 12, 22},
  {"Zohra", 1955, 16, 18}, {"Karima", 1972, 11, 18}, {"Rachida", 1966, 11, 16}, {"Amina", 1995, 18, 20}, {"Sara", 1999, 12, 20},
  {"Imane", 1993, 11, 16}, {"Hafida", 1963, 11, 10}, {"Fatma", 1960, 18, 16}, {"Salima", 1976, 12, 12}, {"Assia", 1998, 14, 12},
  {"Fatima Zohra", 1970, 20, 8}, {"Naïma", 1966, 12, 12}, {"Houria", 1958, 13, 8}, {"Ines", 2003, 10, 20}, {"Meryem", 1998, 14, 12},
};
const std::vector<GivenName> kPortugueseMale = {
  {"Manuel", 1950, 18, 40}, {"José", 1955, 18, 45}, {"António", 1950, 18, 40}, {"João", 1958, 20, 26}, {"Carlos", 1962, 14, 26}, {"Paulo", 1968, 12, 16}, {"Luis", 1964, 16, 18}, {"Rui", 1975, 12, 10}, {"Tiago", 1995, 12, 12}, {"Fernando", 1958, 14, 18},
};
const std::vector<GivenName> kPortugueseFemale = {
  {"Maria", 1952, 22, 60}, {"Ana", 1970, 20, 26}, {"Maria Da Conceição", 1948, 14, 10}, {"Rosa", 1950, 16, 14}, {"Fernanda", 1960, 14, 12}, {"Isabel", 1966, 14, 14}, {"Helena", 1972, 20, 12}, {"Lurdes", 1955, 12, 10}, {"Patricia", 1980, 12, 12}, {"Inês", 2000, 10, 8},
};
const std::vector<GivenName> kSpanishMale = {
  {"Antonio", 1940, 18, 30}, {"Manuel", 1945, 18, 24}, {"Francisco", 1938, 18, 22}, {"Juan", 1942, 20, 22}, {"José", 1940, 18, 28}, {"Miguel", 1960, 20, 14}, {"Diego", 1985, 20, 8}, {"Pedro", 1945, 18, 10},
};
const std::vector<GivenName> kSpanishFemale = {
  {"Carmen", 1940, 20, 28}, {"Maria", 1942, 22, 34}, {"Dolorès", 1935, 16, 16}, {"Josefa", 1932, 14, 14}, {"Isabel", 1950, 20, 14}, {"Pilar", 1945, 16, 10}, {"Ana", 1965, 22, 12}, {"Lucia", 1985, 22, 8},
};
const std::vector<GivenName> kItalianMale = {
  {"Giuseppe", 1932, 18, 24}, {"Antonio", 1936, 18, 24}, {"Salvatore", 1938, 16, 18}, {"Angelo", 1940, 20, 14}, {"Mario", 1938, 18, 16}, {"Giovanni", 1935, 18, 18}, {"Luigi", 1934, 16, 14}, {"Marco", 1975, 16, 8},
};
const std::vector<GivenName> kItalianFemale = {
  {"Maria", 1934, 20, 34}, {"Giuseppina", 1930, 16, 12}, {"Rosa", 1932, 18, 18}, {"Angela", 1940, 20, 14}, {"Carmela", 1935, 16, 12}, {"Lucia", 1938, 20, 12}, {"Francesca", 1968, 20, 8}, {"Giulia", 1995, 12, 6},
};
const std::vector<GivenName> kPolishMale = {
  {"Stanislas", 1925, 16, 18}, {"Jean", 1935, 18, 24}, {"Casimir", 1922, 14, 12}, {"Joseph", 1925, 16, 20}, {"Edmond", 1932, 14, 16}, {"Piotr", 1980, 14, 10}, {"Tomasz", 1982, 12, 8}, {"Marek", 1965, 14, 8},
};
const std::vector<GivenName> kPolishFemale = {
  {"Stanislawa", 1922, 14, 12}, {"Hélène", 1930, 16, 20}, {"Wanda", 1930, 14, 16}, {"Sophie", 1935, 22, 14}, {"Irène", 1932, 14, 18}, {"Agnieszka", 1980, 12, 8}, {"Malgorzata", 1970, 14, 8}, {"Anna", 1975, 25, 10},
};
const std::vector<GivenName> kTurkishMale = {
  {"Mehmet", 1970, 18, 26}, {"Mustafa", 1972, 18, 22}, {"Ali", 1975, 20, 18}, {"Hüseyin", 1970, 16, 14}, {"Ahmet", 1972, 18, 16}, {"Ibrahim", 1980, 20, 14}, {"Emre", 1993, 12, 10}, {"Yusuf", 2000, 14, 14},
};
const std::vector<GivenName> kTurkishFemale = {
  {"Fatma", 1968, 18, 24}, {"Ayşe", 1970, 18, 22}, {"Emine", 1968, 16, 16}, {"Hatice", 1968, 16, 14}, {"Zeynep", 1990, 18, 12}, {"Elif", 2000, 14, 14}, {"Özlem", 1980, 12, 8}, {"Meryem", 1995, 16, 8},
};
const std::vector<GivenName> kVietnameseMale = {
  {"Van Minh", 1955, 20, 14}, {"Minh", 1975, 22, 16}, {"Thanh", 1965, 22, 14}, {"Hung", 1970, 18, 12}, {"Quang", 1972, 18, 10}, {"Duc", 1980, 18, 8}, {"Wei", 1985, 16, 10}, {"David", 1990, 14, 12}, {"Kevin", 1996, 8, 10},
};
const std::vector<GivenName> kVietnameseFemale = {
  {"Thi Hong", 1955, 18, 16}, {"Thi Mai", 1960, 18, 14}, {"Lan", 1970, 18, 12}, {"Thi Thu Ha", 1965, 16, 8}, {"Hoa", 1972, 18, 10}, {"Linh", 1990, 14, 10}, {"Mei", 1985, 18, 8}, {"Julie", 1994, 10, 10}, {"Anh", 1988, 16, 10},
};
const std::vector<GivenName> kAfricanMale = {
  {"Mamadou", 1980, 20, 34}, {"Amadou", 1980, 18, 20}, {"Ousmane", 1982, 18, 18}, {"Ibrahima", 1985, 18, 20}, {"Moussa", 1985, 18, 20}, {"Abdoulaye", 1980, 18, 18}, {"Cheikh", 1985, 16, 12}, {"Boubacar", 1982, 16, 14}, {"Issa", 1995, 18, 12}, {"Emmanuel", 1985, 18, 12}, {"Yao", 1980, 18, 6},
};
const std::vector<GivenName> kAfricanFemale = {
  {"Aminata", 1985, 18, 26}, {"Fatoumata", 1985, 18, 30}, {"Mariam", 1990, 20, 22}, {"Aïssatou", 1988, 18, 20}, {"Kadiatou", 1988, 16, 14}, {"Awa", 1985, 20, 14}, {"Fanta", 1988, 16, 10}, {"Oumou", 1985, 16, 12}, {"Hawa", 1990, 18, 10}, {"Grâce", 1995, 16, 10}, {"Ramata", 1988, 14, 8},
};
const std::vector<GivenName> kArmenianMale = {
  {"Aram", 1975, 30, 14}, {"Armen", 1975, 24, 14}, {"Garo", 1955, 20, 8}, {"Hagop", 1945, 20, 10}, {"Vartan", 1955, 24, 8}, {"Alexandre", 1990, 14, 8},
};
const std::vector<GivenName> kArmenianFemale = {
  {"Ani", 1985, 20, 12}, {"Araxie", 1940, 18, 8}, {"Chouchane", 1960, 22, 6}, {"Anouche", 1975, 22, 8}, {"Marie", 1960, 26, 12}, {"Siran", 1948, 18, 6},
};

const Morphemes kMorphemes = {
  // roots
  {"Guill", "Mart", "Berth", "Jacqu", "Pierr", "Perr", "Mich", "Nicol", "Andr", "Thom", "Laur", "Rob", "Rich", "Gir", "Gaut", "Aub", "Bern", "Bertr", "Durand", "Fouqu",
   "Gaud", "Godefr", "Gerb", "Hugu", "Humb", "Lamb", "Leon", "Math", "Morand", "Odil", "Ponc", "Raimb", "Regn", "Rémond", "Roll", "Sim", "Tess", "Thib", "Vinc", "Yvon",
   "Barth", "Bris", "Cath", "Clav", "Colin", "Deniz", "Estev", "Fabr", "Ferr", "Flor", "Gasp", "Georg", "Gilb", "Grég", "Guér", "Hamel", "Jamm", "Jord", "Jul", "Laud",
   "Marcel", "Marqu", "Maur", "Max", "Meun", "Monn", "Moul", "Pasqu", "Pell", "Pich", "Poir", "Porch", "Potr", "Prun", "Rag", "Ren", "Ric", "Rouss", "Roug", "Rouv",
   "Sabat", "Sauv", "Segu", "Serv", "Sourd", "Tann", "Tav", "Tix", "Tour", "Vach", "Vall", "Verd", "Verg", "Vign", "Vill", "Viv", "Chab", "Chass", "Chaum", "Coud",
   "Bouch", "Bouss", "Brand", "Brug", "Carr", "Cham", "Charp", "Chev", "Coch", "Corb", "Cord", "Couv", "Crouz", "Delm", "Dor", "Fav", "Font", "Four", "Gard", "Gran"},
  {"eau", "et", "on", "ot", "in", "ard", "aud", "ier", "eux", "ette", "elin", "eret", "erot", "illon", "olet", "onnet", "onnier", "oux", "uel", "ain",
   "ac", "as", "az", "andier", "assier", "augeon", "ereau", "iaud", "iot", "inet", "elet", "emin", "eron", "ineau", "oche", "ouin", "ous", "y", "ois", "eix"},
  {"Beau", "Mont", "Clair", "Bel", "Haute", "Ville", "Châtel", "Champ", "Roque", "Font", "Pierre", "Mal", "Bonne", "Grand", "Long", "Franche", "Neuve", "Puy", "Rabe", "Vau",
   "Aigue", "Chante", "Courte", "Entre", "Fontaine", "Haut", "Maison", "Male", "Roche", "Vieille"},
  {"mont", "lieu", "champ", "court", "fort", "val", "pré", "bois", "ville", "rive", "gard", "vert", "clair", "neuve", "roux", "blanc", "garde", "faucon", "maison", "fond",
   "rieu", "villard", "merle", "loup", "bourg", "fontaine", "combe", "selve", "peyre", "mas"},
  {"Du", "De la", "Le", "La", "Des"},
  {"Pré", "Chêne", "Bouchet", "Clos", "Mas", "Puy", "Rieu", "Tilleul", "Verger", "Moulin", "Pont", "Four", "Breuil", "Buisson", "Plessis", "Rocher", "Vivier", "Chemin", "Fresne", "Hamel", "Houx", "Lac", "Marais", "Noyer", "Perron", "Portail", "Sault", "Temple", "Val", "Vernet"},
  {"Roche", "Fontaine", "Croix", "Chapelle", "Rivière", "Grange", "Vigne", "Haye", "Place", "Porte", "Tour", "Vallée", "Barre", "Borde", "Brosse", "Combe", "Coste", "Faye", "Ferté", "Forge", "Garde", "Lande", "Marche", "Motte", "Noue", "Pierre", "Prade", "Salle", "Serve", "Ville"},
  {"madec", "guelen", "brat", "morvan", "gall", "voas", "lann", "maria", "vern", "marrec", "hoas", "mabon", "meur", "neis", "ouan", "autret", "vella", "drein", "guen", "loc'h",
   "jean", "saint", "gomard", "dilès", "salaün", "nevez", "goat", "sauze", "ambrun", "riou"},
  {"Etche", "Irigoi", "Elissa", "Harri", "Urru", "Bide", "Goye", "Larra", "Mendi", "Uhalde", "Iri", "Aguer", "Ola", "Sala", "Barne"},
  {"verry", "garay", "goyen", "barne", "garay", "berry", "mendy", "zabal", "alde", "beheity", "gain", "tegui", "borde", "pe", "ondo"},
  {"Berghe", "Bossche", "Broucke", "Driessche", "Eynde", "Heuvel", "Velde", "Walle", "Castele", "Meersche", "Putte", "Steene", "Abeele", "Kerckhove", "Haute"},
  {"Schwartz", "Ober", "Nieder", "Hoff", "Stein", "Berg", "Wolf", "Gross", "Klein", "Roth", "Linden", "Kirch", "Altz", "Burg", "Rein"},
  {"mann", "bach", "meyer", "hart", "heim", "inger", "haus", "stein", "berger", "wald", "müller", "hoffer", "ler", "feld", "ner"},
};

const std::vector<Commune> kBirthCommunes = {
  {"63113", "Clermont-Ferrand", "63000", 420}, {"63300", "Riom", "63200", 60}, {"63430", "Thiers", "63300", 48}, {"63178", "Issoire", "63500", 44}, {"63003", "Ambert", "63600", 28},
  {"63124", "Cournon-d'Auvergne", "63800", 10}, {"63220", "Malintrat", "63510", 2}, {"03310", "Vichy", "03200", 60}, {"03190", "Moulins", "03000", 44}, {"03185", "Montluçon", "03100", 50},
  {"15014", "Aurillac", "15000", 34}, {"43157", "Le Puy-en-Velay", "43000", 40}, {"42218", "Saint-Étienne", "42000", 36}, {"69381", "Lyon 1er", "69001", 6}, {"69383", "Lyon 3e", "69003", 18},
  {"69384", "Lyon 4e", "69004", 12}, {"69388", "Lyon 8e", "69008", 14}, {"69123", "Lyon", "69000", 8}, {"69266", "Villeurbanne", "69100", 9}, {"75112", "Paris 12e", "75012", 18},
  {"75113", "Paris 13e", "75013", 18}, {"75114", "Paris 14e", "75014", 22}, {"75115", "Paris 15e", "75015", 16}, {"75116", "Paris 16e", "75016", 10}, {"75118", "Paris 18e", "75018", 12},
  {"75119", "Paris 19e", "75019", 12}, {"75120", "Paris 20e", "75020", 16}, {"75110", "Paris 10e", "75010", 12}, {"75056", "Paris", "75000", 4}, {"13055", "Marseille", "13000", 12},
  {"13205", "Marseille 5e", "13005", 14}, {"13208", "Marseille 8e", "13008", 8}, {"31555", "Toulouse", "31000", 26}, {"06088", "Nice", "06000", 18}, {"44109", "Nantes", "44000", 18},
  {"34172", "Montpellier", "34000", 18}, {"67482", "Strasbourg", "67000", 18}, {"33063", "Bordeaux", "33000", 22}, {"59350", "Lille", "59000", 24}, {"35238", "Rennes", "35000", 16},
  {"51454", "Reims", "51100", 12}, {"76351", "Le Havre", "76600", 10}, {"83137", "Toulon", "83000", 12}, {"38185", "Grenoble", "38000", 16}, {"21231", "Dijon", "21000", 12},
  {"49007", "Angers", "49000", 10}, {"30189", "Nîmes", "30000", 12}, {"72181", "Le Mans", "72000", 9}, {"13001", "Aix-en-Provence", "13100", 9}, {"29019", "Brest", "29200", 12},
  {"37261", "Tours", "37000", 11}, {"80021", "Amiens", "80000", 11}, {"87085", "Limoges", "87000", 22}, {"74010", "Annecy", "74000", 8}, {"66136", "Perpignan", "66000", 10},
  {"25056", "Besançon", "25000", 9}, {"57463", "Metz", "57000", 11}, {"45234", "Orléans", "45000", 10}, {"76540", "Rouen", "76000", 12}, {"68224", "Mulhouse", "68100", 9},
  {"14118", "Caen", "14000", 10}, {"54395", "Nancy", "54000", 12}, {"95018", "Argenteuil", "95100", 7}, {"93066", "Saint-Denis", "93200", 14}, {"93048", "Montreuil", "93100", 10},
  {"59512", "Roubaix", "59100", 10}, {"59599", "Tourcoing", "59200", 8}, {"59183", "Dunkerque", "59140", 8}, {"84007", "Avignon", "84000", 10}, {"86194", "Poitiers", "86000", 9},
  {"78646", "Versailles", "78000", 9}, {"94028", "Créteil", "94000", 10}, {"64445", "Pau", "64000", 9}, {"17300", "La Rochelle", "17000", 8}, {"62193", "Calais", "62100", 8},
  {"06029", "Cannes", "06400", 6}, {"68066", "Colmar", "68000", 7}, {"29232", "Quimper", "29000", 8}, {"18033", "Bourges", "18000", 9}, {"26362", "Valence", "26000", 9},
  {"2A004", "Ajaccio", "20000", 9}, {"2B033", "Bastia", "20200", 9}, {"2B096", "Corte", "20250", 3}, {"2A247", "Porto-Vecchio", "20137", 2}, {"2B050", "Calvi", "20260", 1},
  {"10387", "Troyes", "10000", 7}, {"56121", "Lorient", "56100", 9}, {"73065", "Chambéry", "73000", 7}, {"79191", "Niort", "79000", 7}, {"02691", "Saint-Quentin", "02100", 6},
  {"60057", "Beauvais", "60000", 6}, {"34032", "Béziers", "34500", 7}, {"53130", "Laval", "53000", 6}, {"90010", "Belfort", "90000", 6}, {"82121", "Montauban", "82000", 6},
  {"81004", "Albi", "81000", 6}, {"11069", "Carcassonne", "11000", 6}, {"65440", "Tarbes", "65000", 6}, {"47001", "Agen", "47000", 6}, {"24322", "Périgueux", "24000", 8},
  {"19031", "Brive-la-Gaillarde", "19100", 14}, {"19272", "Tulle", "19000", 8}, {"23096", "Guéret", "23000", 12}, {"58194", "Nevers", "58000", 12}, {"36044", "Châteauroux", "36000", 7},
  {"71270", "Mâcon", "71000", 7}, {"71076", "Chalon-sur-Saône", "71100", 7}, {"01053", "Bourg-en-Bresse", "01000", 7}, {"88160", "Épinal", "88000", 5}, {"62041", "Arras", "62000", 7},
  {"62498", "Lens", "62300", 8}, {"59606", "Valenciennes", "59300", 8}, {"59178", "Douai", "59500", 6}, {"12202", "Rodez", "12000", 9}, {"46042", "Cahors", "46000", 5},
  {"48095", "Mende", "48000", 7}, {"64102", "Bayonne", "64100", 8}, {"16015", "Angoulême", "16000", 7}, {"97105", "Basse-Terre", "97100", 3}, {"97120", "Pointe-à-Pitre", "97110", 5},
  {"97209", "Fort-de-France", "97200", 6}, {"97302", "Cayenne", "97300", 3}, {"97411", "Saint-Denis (La Réunion)", "97400", 7}, {"97416", "Saint-Pierre (La Réunion)", "97410", 5}, {"88154", "Domrémy-la-Pucelle", "88630", 1},
};

const std::vector<Commune> kHomeCommunes = {
  {"63113", "Clermont-Ferrand", "63000", 300}, {"63113", "Clermont-Ferrand", "63100", 120}, {"63124", "Cournon-d'Auvergne", "63800", 55}, {"63300", "Riom", "63200", 55},
  {"63075", "Chamalières", "63400", 48}, {"63178", "Issoire", "63500", 44}, {"63430", "Thiers", "63300", 40}, {"63032", "Beaumont", "63110", 30},
  {"63284", "Pont-du-Château", "63430", 30}, {"63164", "Gerzat", "63360", 28}, {"63014", "Aubière", "63170", 28}, {"63063", "Cébazat", "63118", 22},
  {"63193", "Lempdes", "63370", 22}, {"63307", "Romagnat", "63540", 22}, {"63070", "Ceyrat", "63122", 16}, {"63069", "Le Cendre", "63670", 14},
  {"63003", "Ambert", "63600", 20}, {"63214", "Les Martres-de-Veyre", "63730", 12}, {"63108", "Châtel-Guyon", "63140", 16}, {"63470", "Volvic", "63530", 12},
  {"03310", "Vichy", "03200", 24}, {"43040", "Brioude", "43100", 12}, {"63047", "La Bourboule", "63150", 6}, {"63195", "Lezoux", "63190", 16},
};

const Names kStreets = {
  "rue de la République", "avenue Jean Jaurès", "rue Victor Hugo", "rue des Lilas", "place de la Liberté", "rue du Moulin", "chemin des Vignes", "rue Pasteur", "boulevard Gambetta", "rue de l'Église",
  "impasse des Acacias", "rue Émile Zola", "allée des Tilleuls", "rue du 8 Mai 1945", "rue du 11 Novembre", "avenue Charles de Gaulle", "rue Jules Ferry", "rue des Écoles", "rue de la Gare", "route de Lyon",
  "rue du Général Leclerc", "rue Blaise Pascal", "rue de l'Oradou", "rue des Chandiots", "boulevard Lafayette", "rue du Château", "place du Marché", "rue Saint-Jean", "rue Anatole France", "lotissement Les Prés Hauts",
  "rue de la Fontaine", "chemin de la Croix", "rue des Peupliers", "rue Molière", "rue Lamartine", "cité des Jardins", "rue du Puy de Dôme", "rue Vercingétorix", "quai de l'Allier", "hameau du Bois Blanc",
};
// clang-format on

}  // namespace

const std::vector<std::string_view>& FamilyNames(Origin origin) {
  switch (origin) {
    case Origin::kMaghreb:
      return kMaghrebFamilies;
    case Origin::kPortuguese:
      return kPortugueseFamilies;
    case Origin::kSpanish:
      return kSpanishFamilies;
    case Origin::kItalian:
      return kItalianFamilies;
    case Origin::kPolish:
      return kPolishFamilies;
    case Origin::kTurkish:
      return kTurkishFamilies;
    case Origin::kVietnamese:
      return kVietnameseFamilies;
    case Origin::kAfrican:
      return kAfricanFamilies;
    case Origin::kArmenian:
      return kArmenianFamilies;
    case Origin::kFrench:
      break;
  }
  return kFrenchFamilies;
}

const std::vector<GivenName>& GivenNames(Origin origin, bool male) {
  switch (origin) {
    case Origin::kMaghreb:
      return male ? kMaghrebMale : kMaghrebFemale;
    case Origin::kPortuguese:
      return male ? kPortugueseMale : kPortugueseFemale;
    case Origin::kSpanish:
      return male ? kSpanishMale : kSpanishFemale;
    case Origin::kItalian:
      return male ? kItalianMale : kItalianFemale;
    case Origin::kPolish:
      return male ? kPolishMale : kPolishFemale;
    case Origin::kTurkish:
      return male ? kTurkishMale : kTurkishFemale;
    case Origin::kVietnamese:
      return male ? kVietnameseMale : kVietnameseFemale;
    case Origin::kAfrican:
      return male ? kAfricanMale : kAfricanFemale;
    case Origin::kArmenian:
      return male ? kArmenianMale : kArmenianFemale;
    case Origin::kFrench:
      break;
  }
  return male ? kFrenchMale : kFrenchFemale;
}

const Morphemes& FrenchMorphemes() { return kMorphemes; }
const std::vector<Commune>& BirthCommunes() { return kBirthCommunes; }
const std::vector<Commune>& HomeCommunes() { return kHomeCommunes; }
const std::vector<std::string_view>& StreetNames() { return kStreets; }

const std::vector<std::string_view>& BirthCountries(Origin origin) {
  // Algeria, Morocco, Tunisia; Portugal; Spain; Italy; Poland; Turkey; Viet Nam, China, Cambodia;
  // Mali, Senegal, Guinea, Côte d'Ivoire, DR Congo, Comoros; Armenia; and for the French the
  // neighbours and Madagascar.
  static const std::array<std::vector<std::string_view>, kOriginCount> kCountries = {{
      {"99131", "99109", "99140", "99132", "99333", "99352"},
      {"99352", "99350", "99351"},
      {"99139"},
      {"99134"},
      {"99127"},
      {"99122"},
      {"99208"},
      {"99243", "99216", "99234"},
      {"99335", "99341", "99330", "99326", "99312", "99397"},
      {"99252"},
  }};
  return kCountries[static_cast<std::size_t>(origin)];
}

}  // namespace vigie::tools
