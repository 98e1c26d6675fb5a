#include "matching/sentences.h"

#include <array>
#include <vector>

namespace vigie::matching {
namespace {

struct Entry {
  Words label;
  std::vector<Words> levels;  // in the order of levels.h
};

const std::array<Entry, kComparisonKindCount>& Entries() {
  static const std::array<Entry, kComparisonKindCount> entries = {{
      {{"Nom de famille", "Family name"},
       {{"Même nom de naissance", "Same birth family name"},
        {"Même nom, de naissance pour l'un et utilisé pour l'autre",
         "Same name, at birth or in use"},
        {"Une partie du nom en commun", "One part of the name is shared"},
        {"Noms à une faute de frappe près", "Names differ by one typing error"},
        {"Noms à deux fautes de frappe près", "Names differ by two typing errors"},
        {"Noms qui se prononcent de même", "Names sound the same"},
        {"Nom et prénom intervertis", "Family and given names are exchanged"},
        {"Noms différents", "Different family names"}}},
      {{"Prénoms", "Given names"},
       {{"Mêmes prénoms", "Same given names"},
        {"Même premier prénom ou prénom utilisé", "Same first or used given name"},
        {"Premiers prénoms à une faute de frappe près",
         "First given names differ by a typing error"},
        {"Prénom de l'un présent dans la liste de l'autre",
         "Given name of one stands in the other's list"},
        {"Premiers prénoms qui se prononcent de même", "First given names sound the same"},
        {"Seule l'initiale du prénom est commune", "Only the initial of the given name is shared"},
        {"Prénoms différents", "Different given names"},
        {"Prénoms différents, liste complète à l'appui",
         "Different given names, although a whole list is known"}}},
      {{"Sexe", "Sex"}, {{"Même sexe", "Same sex"}, {"Sexe différent", "Different sex"}}},
      {{"Date de naissance", "Birth date"},
       {{"Même date de naissance", "Same birth date"},
        {"Même date, mais c'est une valeur par défaut : seule l'année compte",
         "Same date, but a default value: only the year counts"},
        {"Jour et mois inversés", "Day and month are swapped"},
        {"Un chiffre de la date diffère", "One digit of the date differs"},
        {"Deux chiffres voisins de la date inversés",
         "Two neighbouring digits of the date are swapped"},
        {"Deux éléments de la date sur trois concordent", "Two of three parts of the date agree"},
        {"Date partielle ou par défaut : ce qui est connu concorde",
         "Partial or default date: what is known agrees"},
        {"Dates de naissance différentes", "Different birth dates"}}},
      {{"Lieu de naissance", "Birth place"},
       {{"Même commune de naissance", "Same commune of birth"},
        {"Même pays de naissance", "Same country of birth"},
        {"Même département de naissance", "Same department of birth"},
        {"Nés à l'étranger dans deux pays", "Born abroad in two countries"},
        {"Lieux de naissance différents", "Different birth places"}}},
      {{"Matricule INS", "INS matricule"},
       {{"Même matricule INS", "Same INS matricule"},
        {"Le matricule de l'un est un ancien matricule de l'autre",
         "The matricule of one is an earlier one of the other"},
        {"Matricules à un chiffre près", "Matricules differ by one digit"},
        {"Matricules INS différents", "Different INS matricules"}}},
      {{"Adresse", "Address"},
       {{"Même adresse", "Same address"},
        {"Adresses voisines dans la même ville", "Similar addresses in one town"},
        {"Même ville ou code postal", "Same town or postal code"},
        {"Même département", "Same department"},
        {"Adresses différentes", "Different addresses"}}},
      {{"Téléphone", "Phone"},
       {{"Même téléphone", "Same phone number"},
        {"Téléphones à un chiffre près", "Phone numbers differ by one digit"},
        {"Téléphones différents", "Different phone numbers"}}},
      {{"Courriel", "E-mail"},
       {{"Même courriel", "Same e-mail"},
        {"Courriels à un caractère près", "E-mails differ by one character"},
        {"Courriels différents", "Different e-mails"}}},
  }};
  return entries;
}

}  // namespace

Words LabelOf(ComparisonKind kind) { return Entries()[static_cast<std::size_t>(kind)].label; }

Words SentenceOf(ComparisonKind kind, std::uint8_t level) {
  const std::vector<Words>& levels = Entries()[static_cast<std::size_t>(kind)].levels;
  if (level < levels.size()) return levels[level];
  return {"Rien à comparer : sans effet sur le score",
          "Nothing to compare: no effect on the score"};
}

Words SentenceOf(VetoKind veto) {
  switch (veto) {
    case VetoKind::kDifferentQualifiedMatricules:
      return {"Deux matricules INS qualifiés différents : deux personnes, sauf erreur d'INS",
              "Two different qualified INS matricules: two people, unless an INS is wrong"};
    case VetoKind::kTwins:
      return {
          "Même date de naissance et prénoms différents, sans INS ni mobile commun : "
          "peut-être des jumeaux",
          "Same birth date and different given names, no INS or mobile phone in common: may be "
          "twins"};
  }
  return {};
}

Words NameOf(Hypothesis hypothesis) {
  switch (hypothesis) {
    case Hypothesis::kSame:
      return {"la même personne", "the same person"};
    case Hypothesis::kBornTogether:
      return {"deux personnes nées ensemble (jumeaux)", "two people born together (twins)"};
    case Hypothesis::kHousehold:
      return {"deux personnes d'une même famille", "two people of one family"};
    case Hypothesis::kStranger:
      return {"deux personnes sans lien", "two strangers"};
  }
  return {};
}

Words NameOf(Band band) {
  switch (band) {
    case Band::kBelow:
      return {"Pas un doublon", "Not a duplicate"};
    case Band::kPossible:
      return {"Doublon possible", "Possible duplicate"};
    case Band::kProbable:
      return {"Doublon probable", "Probable duplicate"};
    case Band::kCertain:
      return {"Doublon certain", "Certain duplicate"};
  }
  return {};
}

}  // namespace vigie::matching
