-- The shipped definitions of the qualification rate, written a second time from their texts
-- (matching/definitions/*.toml) and from nothing else, over the files of `vigie export`.
--
-- Given: tables identities and visits (the exported CSV, all columns text), period (first_day,
-- last_day: YYYY-MM-DD, both included) and drawn (definition, as_of: when vigied drew the figure).
-- Made: table figure, one row a definition and group; '*' stands for "over all".
--
-- Days: an exported instant carries the establishment's offset, so its first ten characters are the
-- establishment's day.

-- What the texts say: what is counted, which statuses make the numerator, when the status is taken.
-- All of them leave out cancelled visits, visits without identity and fictitious identities, in
-- this order, and keep doubtful ones.
CREATE TABLE definition (name TEXT PRIMARY KEY, counted TEXT, status_at TEXT);
INSERT INTO definition VALUES
  ('qualified-visits',   'visits',   'discharge'),
  ('qualified-patients', 'patients', 'extraction'),
  ('insi-identities',    'patients', 'extraction'),
  ('status-provisional', 'visits',   'discharge'),
  ('status-recovered',   'visits',   'discharge'),
  ('status-validated',   'visits',   'discharge'),
  ('status-qualified',   'visits',   'discharge');
CREATE TABLE numerator (name TEXT, status TEXT);
INSERT INTO numerator VALUES
  ('qualified-visits',   'qualified'),
  ('qualified-patients', 'qualified'),
  ('insi-identities',    'recovered'),
  ('insi-identities',    'qualified'),
  ('status-provisional', 'provisional'),
  ('status-recovered',   'recovered'),
  ('status-validated',   'validated'),
  ('status-qualified',   'qualified');

CREATE UNIQUE INDEX identity_by_id ON identities (identity_id);

-- Each visit of the period with its group, why it does not count (if so), and both statuses.
CREATE TABLE considered AS
SELECT v.identity_id,
       substr(v.admitted_at, 1, 7) AS month,
       coalesce(nullif(v.site_finess, ''), 'UNKNOWN') AS site,
       coalesce(nullif(v.activity, ''), 'UNKNOWN') AS activity,
       v.discharged_at,
       v.status_at_discharge,
       i.status AS status_now,
       CASE
         WHEN v.cancelled = 'true' THEN 'cancelled'
         WHEN v.identity_id = '' THEN 'unattached'
         WHEN instr('|' || i.attributes || '|', '|fictitious|') > 0 THEN 'fictitious'
       END AS exclusion
FROM visits AS v
LEFT JOIN identities AS i ON i.identity_id = v.identity_id
CROSS JOIN period AS p
WHERE substr(v.admitted_at, 1, 10) BETWEEN p.first_day AND p.last_day;

-- The status a visit counts with: at discharge, or, of a visit not discharged yet when the figure is
-- drawn, the present one; at extraction always the present one.
CREATE TABLE counted AS
SELECT d.name AS definition, d.counted, c.month, c.site, c.activity, c.identity_id, c.exclusion,
       CASE
         WHEN c.exclusion IS NOT NULL THEN NULL
         WHEN d.status_at = 'discharge' AND c.discharged_at <> ''
              AND CAST(strftime('%s', c.discharged_at) AS INTEGER)
                  <= CAST(strftime('%s', w.as_of) AS INTEGER) THEN c.status_at_discharge
         ELSE c.status_now
       END AS status
FROM considered AS c CROSS JOIN definition AS d
JOIN drawn AS w ON w.definition = d.name;

-- A visit counts once in its group and once over all.
CREATE TABLE grouped AS
SELECT definition, counted, month, site, activity, identity_id, exclusion, status FROM counted
UNION ALL
SELECT definition, counted, '*', '*', '*', identity_id, exclusion, status FROM counted;

CREATE TABLE figure AS
SELECT g.definition, g.month, g.site, g.activity,
       sum(g.exclusion IS NULL AND g.status IN
           (SELECT n.status FROM numerator AS n WHERE n.name = g.definition)) AS numerator,
       sum(g.exclusion IS NULL) AS denominator,
       sum(g.exclusion IS 'cancelled') AS cancelled,
       sum(g.exclusion IS 'unattached') AS unattached,
       sum(g.exclusion IS 'fictitious') AS fictitious,
       0 AS doubtful,
       sum(g.status IS 'provisional') AS provisional,
       sum(g.status IS 'recovered') AS recovered,
       sum(g.status IS 'validated') AS validated,
       sum(g.status IS 'qualified') AS qualified
FROM grouped AS g
WHERE g.counted = 'visits'
GROUP BY g.definition, g.month, g.site, g.activity;

-- A patient counts once in a group, whatever the number of visits; exclusions are counted in visits.
INSERT INTO figure
SELECT g.definition, g.month, g.site, g.activity,
       count(DISTINCT CASE WHEN g.status IN
           (SELECT n.status FROM numerator AS n WHERE n.name = g.definition) THEN g.identity_id END),
       count(DISTINCT CASE WHEN g.exclusion IS NULL THEN g.identity_id END),
       sum(g.exclusion IS 'cancelled'),
       sum(g.exclusion IS 'unattached'),
       sum(g.exclusion IS 'fictitious'),
       0,
       count(DISTINCT CASE WHEN g.status IS 'provisional' THEN g.identity_id END),
       count(DISTINCT CASE WHEN g.status IS 'recovered' THEN g.identity_id END),
       count(DISTINCT CASE WHEN g.status IS 'validated' THEN g.identity_id END),
       count(DISTINCT CASE WHEN g.status IS 'qualified' THEN g.identity_id END)
FROM grouped AS g
WHERE g.counted = 'patients'
GROUP BY g.definition, g.month, g.site, g.activity;
