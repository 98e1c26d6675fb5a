-- Holds table figure (qualification.sql) against what vigied answered.
--
-- Given: table answer (definition, json): `vigie --output json report qualification --by
-- month,site,activity`, one row a definition. Made: table difference, empty when all is equal.

CREATE TABLE told AS
SELECT a.definition,
       json_extract(r.value, '$.month') AS month,
       json_extract(r.value, '$.site') AS site,
       json_extract(r.value, '$.activity') AS activity,
       r.value AS row
FROM answer AS a, json_each(a.json, '$.rows') AS r
UNION ALL
SELECT a.definition, '*', '*', '*', json_extract(a.json, '$.total') FROM answer AS a;

CREATE TABLE daemon_figure AS
SELECT definition, month, site, activity,
       json_extract(row, '$.numerator') AS numerator,
       json_extract(row, '$.denominator') AS denominator,
       json_extract(row, '$.exclusions.cancelled') AS cancelled,
       json_extract(row, '$.exclusions.unattached') AS unattached,
       json_extract(row, '$.exclusions.fictitious') AS fictitious,
       json_extract(row, '$.exclusions.doubtful') AS doubtful,
       json_extract(row, '$.statuses.provisional') AS provisional,
       json_extract(row, '$.statuses.recovered') AS recovered,
       json_extract(row, '$.statuses.validated') AS validated,
       json_extract(row, '$.statuses.qualified') AS qualified
FROM told;

CREATE TABLE difference AS
SELECT 'only SQL' AS side, * FROM (SELECT * FROM figure EXCEPT SELECT * FROM daemon_figure)
UNION ALL
SELECT 'only vigied', * FROM (SELECT * FROM daemon_figure EXCEPT SELECT * FROM figure);
