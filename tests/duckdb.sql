-- Invariants of specs/population.md §16, asked of an export by a program that is not ours.
--
-- Each check is a name (with the number of the invariant), a damage and a query, separated by lines of comments. The
-- query must find nothing; after the damage, which is rolled back, it must find something, or it could not fail.
-- `eksport` has one row: the size asked for and the day.

-- check 1: residents are as many as asked for
DELETE FROM personer WHERE foedselsnummer = (SELECT min(foedselsnummer) FROM personer WHERE personstatus = 'bosatt');
SELECT count(*) AS bosatte, any_value(size) AS size FROM personer, eksport WHERE personstatus = 'bosatt'
HAVING count(*) <> any_value(size);

-- check 2: identity numbers are unique, former ones too
UPDATE tidligere_nummer SET tidligere = (SELECT min(foedselsnummer) FROM personer);
SELECT nummer, count(*) FROM (
  SELECT foedselsnummer AS nummer FROM personer UNION ALL SELECT tidligere FROM tidligere_nummer
) GROUP BY nummer HAVING count(*) > 1;

-- check 3: check digits and month of every identity number
UPDATE personer SET foedselsnummer = '12345678901' WHERE foedselsnummer = (SELECT min(foedselsnummer) FROM personer);
WITH numre AS (
  SELECT foedselsnummer AS nummer FROM personer UNION ALL SELECT tidligere FROM tidligere_nummer
), sifre AS (
  SELECT nummer, [CAST(nummer[i] AS INTEGER) FOR i IN range(1, 12)] AS d FROM numre
), sum AS (
  SELECT nummer,
    (3*d[1] + 7*d[2] + 6*d[3] + d[4] + 8*d[5] + 9*d[6] + 4*d[7] + 5*d[8] + 2*d[9] + d[10]) % 11 AS k1,
    (5*d[1] + 4*d[2] + 3*d[3] + 2*d[4] + 7*d[5] + 6*d[6] + 5*d[7] + 4*d[8] + 3*d[9] + 2*d[10] + d[11]) % 11 AS k2,
    10*d[1] + d[2] AS dag, 10*d[3] + d[4] AS maaned, len(nummer) AS lengde
  FROM sifre
)
SELECT * FROM sum
WHERE lengde <> 11 OR k1 <> 0 OR k2 <> 0 OR maaned NOT BETWEEN 81 AND 92
  OR NOT (dag BETWEEN 1 AND 31 OR dag BETWEEN 41 AND 71);

-- check 4: nobody is born tomorrow or is older than 115
UPDATE personer SET foedselsdato = (SELECT dato + 1 FROM eksport)
WHERE foedselsnummer = (SELECT min(foedselsnummer) FROM personer);
SELECT foedselsnummer, foedselsdato FROM personer, eksport
WHERE foedselsdato > dato OR (personstatus = 'bosatt' AND extract(year FROM age(dato, foedselsdato)) > 115);

-- check 5: the number says the sex
UPDATE personer SET kjoenn = 'mann' WHERE kjoenn = 'kvinne';
SELECT foedselsnummer, kjoenn FROM personer
WHERE (CAST(foedselsnummer[9] AS INTEGER) % 2 = 1) <> (kjoenn = 'mann') AND merker NOT LIKE '%endret_kjoenn%';

-- check 6: the number says the birth date, but for D-numbers with a wrong one
UPDATE personer SET foedselsdato = foedselsdato - 1 WHERE foedselsnummer = (SELECT min(foedselsnummer) FROM personer);
SELECT foedselsnummer, foedselsdato FROM personer
WHERE merker NOT LIKE '%d_nummer_feil_dato%' AND (
  CAST(foedselsnummer[1:2] AS INTEGER) % 40 <> day(foedselsdato)
  OR CAST(foedselsnummer[3:4] AS INTEGER) - 80 <> month(foedselsdato)
  OR CAST(foedselsnummer[5:6] AS INTEGER) <> year(foedselsdato) % 100);

-- check 7: residents have one home, unless it is hidden or unknown; nobody else has any
UPDATE personer SET bolig = NULL WHERE bolig IS NOT NULL AND merker = '';
SELECT foedselsnummer, personstatus FROM personer
WHERE (personstatus <> 'bosatt' AND bolig IS NOT NULL)
  OR (personstatus = 'bosatt' AND bolig IS NULL AND merker NOT LIKE '%ukjent_bosted%' AND husstand NOT IN (
    SELECT husstand FROM personer WHERE adressebeskyttelse = 'strengtFortrolig' AND husstand IS NOT NULL));

-- check 8: everybody has a name
UPDATE personer SET etternavn = '' WHERE foedselsnummer = (SELECT min(foedselsnummer) FROM personer);
SELECT foedselsnummer FROM personer WHERE coalesce(etternavn, '') = '' OR len(etternavn) > 200 OR len(fornavn) > 200;

-- check 9: everybody has a status and a citizenship
UPDATE personer SET statsborgerskap = NULL WHERE foedselsnummer = (SELECT min(foedselsnummer) FROM personer);
SELECT foedselsnummer FROM personer WHERE personstatus IS NULL OR statsborgerskap IS NULL;

-- check 10: the dead have a date between birth and today, nobody else has one
UPDATE personer SET doedsdato = foedselsdato - 1 WHERE personstatus = 'doed';
SELECT foedselsnummer FROM personer, eksport
WHERE (personstatus = 'doed') <> (doedsdato IS NOT NULL) OR doedsdato < foedselsdato OR doedsdato > dato;

-- check 10: who was registered as dead by mistake lives, and the mistake was put right after it was made
UPDATE annullerte_doedsfall SET annullert = doedsdato;
SELECT a.person, a.doedsdato, annullert, personstatus
FROM annullerte_doedsfall a LEFT JOIN personer p ON p.foedselsnummer = a.person, eksport
WHERE personstatus IS DISTINCT FROM 'bosatt' OR annullert <= a.doedsdato OR annullert > dato
  OR a.doedsdato <= foedselsdato OR merker NOT LIKE '%annullert_doedsfall%';

-- check 11: the emigrated moved out on a day before tomorrow
DELETE FROM utflyttinger;
SELECT foedselsnummer FROM personer, eksport WHERE personstatus = 'utflyttet' AND NOT EXISTS (
  SELECT 1 FROM utflyttinger u WHERE u.person = foedselsnummer AND u.dato <= eksport.dato
    AND u.tilflyttingsland IS NOT NULL);

-- check 13 mothers: between 13 and 55 at birth
UPDATE personer SET foedselsdato = foedselsdato + 3650
WHERE foedselsnummer IN (SELECT mor FROM personer WHERE mor IS NOT NULL);
SELECT b.foedselsnummer, m.foedselsdato FROM personer b JOIN personer m ON m.foedselsnummer = b.mor
WHERE extract(year FROM age(b.foedselsdato, m.foedselsdato)) NOT BETWEEN 13 AND 55 OR m.kjoenn <> 'kvinne';

-- check 13 fathers: between 14 and 80 at birth
UPDATE personer SET foedselsdato = foedselsdato + 5000
WHERE foedselsnummer IN (SELECT far FROM personer WHERE far IS NOT NULL);
SELECT b.foedselsnummer, f.foedselsdato FROM personer b JOIN personer f ON f.foedselsnummer = b.far
WHERE f.kjoenn = 'mann' AND extract(year FROM age(b.foedselsdato, f.foedselsdato)) NOT BETWEEN 14 AND 80;

-- check 15: everybody somebody points at exists
UPDATE personer SET mor = '00000000000' WHERE foedselsnummer = (SELECT min(foedselsnummer) FROM personer);
SELECT * FROM (
  SELECT mor AS nummer FROM personer UNION ALL SELECT far FROM personer UNION ALL SELECT ektefelle FROM personer
  UNION ALL SELECT samboer_eller_ektefelle_hjemme FROM personer UNION ALL SELECT person FROM sivilstander
  UNION ALL SELECT relatert FROM sivilstander UNION ALL SELECT barn FROM foreldreansvar
  UNION ALL SELECT ansvarlig FROM foreldreansvar UNION ALL SELECT person FROM bosteder
  UNION ALL SELECT person FROM hjemler UNION ALL SELECT person FROM roller UNION ALL SELECT person FROM aksjer
  UNION ALL SELECT person FROM plasser UNION ALL SELECT lege FROM fastlegelister
  UNION ALL SELECT person FROM arbeidsforhold UNION ALL SELECT person FROM inntekter
  UNION ALL SELECT person FROM vergemaal UNION ALL SELECT verge FROM vergemaal UNION ALL SELECT barn FROM fosterhjem
  UNION ALL SELECT barn FROM delt_bosted UNION ALL SELECT mor FROM doedfoedte UNION ALL SELECT far FROM doedfoedte
) WHERE nummer IS NOT NULL AND nummer NOT IN (SELECT foedselsnummer FROM personer);

-- check 17: residents under 18 have somebody responsible
DELETE FROM foreldreansvar;
SELECT foedselsnummer FROM personer, eksport
WHERE personstatus = 'bosatt' AND extract(year FROM age(dato, foedselsdato)) < 18
  AND foedselsnummer NOT IN (SELECT barn FROM foreldreansvar) AND foedselsnummer NOT IN (SELECT person FROM vergemaal);

-- check 17 holders: who is responsible is alive
UPDATE personer SET personstatus = 'doed' WHERE foedselsnummer IN (SELECT ansvarlig FROM foreldreansvar);
SELECT barn, ansvarlig FROM foreldreansvar JOIN personer ON foedselsnummer = ansvarlig WHERE personstatus = 'doed';

-- check 19: children of one mother are 270 days apart, or twins and triplets
UPDATE personer SET foedselsdato = (SELECT dato FROM eksport) WHERE rekkefoelge = 11 AND mor IS NOT NULL;
WITH soesken AS (
  SELECT mor, foedselsnummer, foedselsdato, rekkefoelge,
    lag(foedselsdato) OVER (PARTITION BY mor ORDER BY foedselsdato, rekkefoelge) AS forrige
  FROM personer WHERE mor IS NOT NULL
)
SELECT * FROM soesken WHERE rekkefoelge NOT IN (22, 32, 33) AND foedselsdato - forrige < 270;

-- check 20: children under 15 live with somebody responsible, or in a foster home, or hidden
UPDATE personer SET husstand = -1 WHERE foedselsnummer IN (SELECT ansvarlig FROM foreldreansvar);
SELECT b.foedselsnummer FROM personer b, eksport
WHERE b.personstatus = 'bosatt' AND extract(year FROM age(dato, b.foedselsdato)) < 15
  AND b.adressebeskyttelse <> 'strengtFortrolig'
  AND b.foedselsnummer NOT IN (SELECT barn FROM fosterhjem) AND b.foedselsnummer NOT IN (SELECT person FROM vergemaal)
  AND NOT EXISTS (
    SELECT 1 FROM foreldreansvar a JOIN personer v ON v.foedselsnummer = a.ansvarlig
    WHERE a.barn = b.foedselsnummer AND v.husstand = b.husstand);

-- check 21: a second home is for somebody under 18, and not the first
UPDATE delt_bosted SET bolig = (SELECT bolig FROM personer WHERE foedselsnummer = barn);
SELECT d.barn FROM delt_bosted d JOIN personer b ON b.foedselsnummer = d.barn, eksport
WHERE extract(year FROM age(dato, b.foedselsdato)) >= 18 OR d.bolig = b.bolig;

-- check 23: marriages are two-sided, between living people
UPDATE personer SET ektefelle = (SELECT min(foedselsnummer) FROM personer) WHERE ektefelle IS NOT NULL;
SELECT a.foedselsnummer, b.ektefelle FROM personer a JOIN personer b ON b.foedselsnummer = a.ektefelle
-- The dead keep the status they died with.
WHERE a.personstatus <> 'doed' AND (b.ektefelle IS DISTINCT FROM a.foedselsnummer
  OR b.sivilstand <> a.sivilstand OR b.personstatus = 'doed');

-- check 24: nobody under 18 is married, nor to a parent
UPDATE personer SET mor = ektefelle WHERE ektefelle IS NOT NULL;
SELECT foedselsnummer FROM personer, eksport
WHERE ektefelle IS NOT NULL
  AND (extract(year FROM age(dato, foedselsdato)) < 18 OR ektefelle = mor OR ektefelle = far);

-- check 25: a civil status began before tomorrow; a widow's spouse is dead
UPDATE personer SET doedsdato = NULL, personstatus = 'bosatt' WHERE personstatus = 'doed';
SELECT s.* FROM sivilstander s LEFT JOIN personer p ON p.foedselsnummer = s.relatert, eksport e
WHERE s.dato > e.dato OR (s.sivilstand = 'enkeEllerEnkemann' AND s.relatert IS NOT NULL AND
  (p.doedsdato IS NULL OR p.doedsdato > s.dato));

-- check 27: partners at home are two-sided, grown up and of one household
UPDATE personer SET husstand = -1 WHERE samboer_eller_ektefelle_hjemme IS NOT NULL AND kjoenn = 'mann';
SELECT a.foedselsnummer FROM personer a JOIN personer b ON b.foedselsnummer = a.samboer_eller_ektefelle_hjemme, eksport
WHERE b.samboer_eller_ektefelle_hjemme IS DISTINCT FROM a.foedselsnummer OR a.husstand IS DISTINCT FROM b.husstand
  OR extract(year FROM age(dato, a.foedselsdato)) < 18;

-- check 28: one household a dwelling, but in shared housing
UPDATE husstander SET bolig = (SELECT min(bolig) FROM husstander);
SELECT h.bolig, count(*) FROM husstander h LEFT JOIN boliger b USING (bolig) LEFT JOIN bygninger y USING (bygning)
WHERE h.bolig IS NOT NULL AND coalesce(y.bygningstype, '') <> '159' GROUP BY h.bolig HAVING count(*) > 1;

-- check 29: members of a household live together
UPDATE personer SET bolig = bolig + 1 WHERE kjoenn = 'mann' AND bolig IS NOT NULL;
SELECT husstand FROM personer WHERE personstatus = 'bosatt' AND bolig IS NOT NULL GROUP BY husstand
HAVING count(DISTINCT bolig) > 1;

-- check 29 members: households have the members they say
UPDATE husstander SET medlemmer = medlemmer + 1;
SELECT h.husstand, medlemmer, count(p.foedselsnummer) FROM husstander h
LEFT JOIN personer p ON p.husstand = h.husstand AND p.personstatus = 'bosatt'
GROUP BY h.husstand, medlemmer HAVING count(p.foedselsnummer) <> medlemmer;

-- check 30: no household of children alone
UPDATE personer SET foedselsdato = (SELECT dato FROM eksport);
SELECT husstand FROM personer, eksport WHERE personstatus = 'bosatt' AND husstand IS NOT NULL GROUP BY husstand
HAVING max(extract(year FROM age(dato, foedselsdato))) < 16;

-- check 31: at most fourteen live in a dwelling
UPDATE personer SET bolig = (SELECT min(bolig) FROM boliger);
SELECT bolig, count(*) FROM personer WHERE bolig IS NOT NULL GROUP BY bolig HAVING count(*) > 14;

-- check 32: every home, building and property there is a reference to exists
DELETE FROM boliger WHERE bolig = (SELECT min(bolig) FROM personer);
SELECT 'bolig' AS hva, bolig AS id FROM personer WHERE bolig IS NOT NULL AND bolig NOT IN (SELECT bolig FROM boliger)
UNION ALL SELECT 'bosted', bolig FROM bosteder WHERE bolig IS NOT NULL AND bolig NOT IN (SELECT bolig FROM boliger)
UNION ALL SELECT 'bygning', bygning FROM boliger
  WHERE bygning IS NOT NULL AND bygning NOT IN (SELECT bygning FROM bygninger)
UNION ALL SELECT 'virksomhet', bygning FROM virksomheter
  WHERE bygning IS NOT NULL AND bygning NOT IN (SELECT bygning FROM bygninger)
UNION ALL SELECT 'eiendom', eiendom FROM bygninger
  WHERE eiendom IS NOT NULL AND eiendom NOT IN (SELECT eiendom FROM eiendommer)
UNION ALL SELECT 'hjemmel', eiendom FROM hjemler
  WHERE eiendom IS NOT NULL AND eiendom NOT IN (SELECT eiendom FROM eiendommer);

-- check 33: nobody lives in two places at once
UPDATE bosteder SET fra = fra - 400 WHERE til IS NULL;
WITH rekke AS (
  SELECT person, fra, til, lead(fra) OVER (PARTITION BY person ORDER BY fra, til NULLS LAST) AS neste FROM bosteder
)
SELECT * FROM rekke WHERE til < fra OR (neste IS NOT NULL AND (til IS NULL OR neste < til));

-- check 35: nothing says where somebody strictly confidential lives
UPDATE personer SET adressebeskyttelse = 'strengtFortrolig' WHERE foedselsnummer IN (
  SELECT foedselsnummer FROM personer WHERE bolig IS NOT NULL LIMIT 1);
WITH skjult AS (
  SELECT foedselsnummer AS nummer, husstand FROM personer WHERE adressebeskyttelse = 'strengtFortrolig'
), med AS (
  SELECT foedselsnummer AS nummer FROM personer
  WHERE husstand IN (SELECT husstand FROM skjult WHERE husstand IS NOT NULL) UNION SELECT nummer FROM skjult
)
SELECT 'personer' AS tabell, nummer FROM med JOIN personer ON foedselsnummer = nummer
  WHERE coalesce(CAST(bolig AS VARCHAR), kommunenummer, adressenavn, husnummer, postnummer, poststed,
    CAST(grunnkrets AS VARCHAR), CAST(fastlegeliste AS VARCHAR)) IS NOT NULL
UNION ALL SELECT 'bosteder', nummer FROM med JOIN bosteder ON person = nummer
UNION ALL SELECT 'hjemler', nummer FROM med JOIN hjemler ON person = nummer
UNION ALL SELECT 'plasser', nummer FROM med JOIN plasser ON person = nummer
UNION ALL SELECT 'delt_bosted', nummer FROM med JOIN delt_bosted ON barn = nummer
UNION ALL SELECT 'husstander', CAST(h.husstand AS VARCHAR) FROM husstander h
  WHERE h.bolig IS NOT NULL AND h.husstand IN (SELECT husstand FROM skjult)
UNION ALL SELECT 'virksomheter', nummer FROM med JOIN roller ON person = nummer
  JOIN virksomheter ON organisasjonsnummer = virksomhet WHERE bygning IS NOT NULL AND organisasjonsform <> 'KOMM';

-- check 36: who lives with somebody confidential is protected
UPDATE personer SET adressebeskyttelse = 'ugradert' WHERE adressebeskyttelse = 'fortrolig' AND kjoenn = 'mann';
UPDATE personer SET adressebeskyttelse = 'fortrolig' WHERE foedselsnummer IN (
  SELECT min(foedselsnummer) FROM personer WHERE personstatus = 'bosatt' AND husstand IN (
    SELECT husstand FROM husstander WHERE medlemmer > 1));
SELECT a.foedselsnummer FROM personer a JOIN personer b USING (husstand)
WHERE a.personstatus = 'bosatt' AND b.personstatus = 'bosatt'
  AND b.adressebeskyttelse IN ('fortrolig', 'strengtFortrolig') AND a.adressebeskyttelse = 'ugradert';

-- check 37: only people over 15 who live are in the contact register
UPDATE personer SET krr_registrert = true;
SELECT foedselsnummer FROM personer, eksport
WHERE krr_registrert AND (personstatus = 'doed' OR extract(year FROM age(dato, foedselsdato)) < 15);

-- check 38: who is reserved is registered
UPDATE personer SET krr_registrert = false;
SELECT foedselsnummer FROM personer WHERE krr_reservert AND NOT krr_registrert;

-- check 39: jobs are at sub-units that exist, of people who are old enough and alive
UPDATE arbeidsforhold SET virksomhet = '000000000' WHERE virksomhet = (SELECT min(virksomhet) FROM arbeidsforhold);
SELECT a.* FROM arbeidsforhold a LEFT JOIN virksomheter v ON v.organisasjonsnummer = a.virksomhet
JOIN personer p ON p.foedselsnummer = a.person, eksport e
WHERE v.overordnet_enhet IS NULL OR a.fra > e.dato OR a.til < a.fra
  OR extract(year FROM age(a.fra, p.foedselsdato)) < 13 OR coalesce(a.til, e.dato) > p.doedsdato
  OR coalesce(a.til, e.dato) > v.slettedato;

-- check 40: places fit the age
UPDATE personer SET foedselsdato = foedselsdato - 8000 WHERE foedselsnummer IN (SELECT person FROM plasser);
SELECT p.foedselsnummer, v.slag FROM plasser l JOIN personer p ON p.foedselsnummer = l.person
JOIN virksomheter v ON v.organisasjonsnummer = l.virksomhet, eksport
WHERE (v.slag = 'barnehage' AND extract(year FROM age(dato, p.foedselsdato)) NOT BETWEEN 0 AND 6)
  OR (v.slag = 'skole' AND extract(year FROM age(dato, p.foedselsdato)) NOT BETWEEN 5 AND 16)
  OR v.slag NOT IN ('barnehage', 'skole');

-- check 40 capacity: no kindergarten or school holds more than it can
UPDATE virksomheter SET kapasitet = 1 WHERE slag IN ('barnehage', 'skole');
SELECT organisasjonsnummer, any_value(kapasitet), count(*) FROM plasser
JOIN virksomheter ON organisasjonsnummer = virksomhet
GROUP BY organisasjonsnummer HAVING count(*) > any_value(kapasitet);

-- check 41: every child of compulsory school age has one school
DELETE FROM plasser WHERE virksomhet IN (SELECT organisasjonsnummer FROM virksomheter WHERE slag = 'skole');
SELECT foedselsnummer FROM personer, eksport
WHERE personstatus = 'bosatt'
  -- A school year begins in August of the year one becomes six, and ends with the year one becomes sixteen.
  AND year(dato) - CASE WHEN month(dato) < 8 THEN 1 ELSE 0 END - year(foedselsdato) BETWEEN 6 AND 15
  AND husstand NOT IN (
    SELECT husstand FROM personer WHERE adressebeskyttelse = 'strengtFortrolig' AND husstand IS NOT NULL)
  AND (SELECT count(*) FROM plasser JOIN virksomheter ON organisasjonsnummer = virksomhet
       WHERE person = foedselsnummer AND slag = 'skole') <> 1;

-- check 42: no doctor has more people than the list takes, and only residents
UPDATE fastlegelister SET tak = 1;
SELECT f.fastlegeliste, any_value(tak), count(*) FROM personer p JOIN fastlegelister f USING (fastlegeliste)
GROUP BY f.fastlegeliste HAVING count(*) > any_value(tak) OR bool_or(p.personstatus <> 'bosatt');

-- check 43: no income of this year or later is settled
UPDATE inntekter SET aar = 3000;
SELECT i.* FROM inntekter i, eksport WHERE aar > year(dato) - 1;

-- check 44: organisation numbers are unique, of the test series, with their check digit
UPDATE virksomheter SET organisasjonsnummer = '312345678'
WHERE organisasjonsnummer = (SELECT max(organisasjonsnummer) FROM virksomheter);
WITH sifre AS (
  SELECT organisasjonsnummer AS nummer, [CAST(organisasjonsnummer[i] AS INTEGER) FOR i IN range(1, 10)] AS d
  FROM virksomheter
)
SELECT nummer FROM sifre GROUP BY nummer, d
HAVING count(*) > 1 OR d[1] <> 3
  OR (3*d[1] + 2*d[2] + 7*d[3] + 6*d[4] + 5*d[5] + 4*d[6] + 3*d[7] + 2*d[8] + d[9]) % 11 <> 0;

-- check 45: sub-units have a parent that is none
UPDATE virksomheter SET overordnet_enhet = organisasjonsnummer WHERE organisasjonsform IN ('BEDR', 'AAFY');
SELECT s.organisasjonsnummer FROM virksomheter s
LEFT JOIN virksomheter o ON o.organisasjonsnummer = s.overordnet_enhet
WHERE (s.organisasjonsform IN ('BEDR', 'AAFY') AND s.overordnet_enhet IS NULL)
  OR (s.overordnet_enhet IS NOT NULL
      AND (o.organisasjonsnummer IS NULL OR o.organisasjonsform IN ('BEDR', 'AAFY')));

-- check 46: nothing outlives the unit above it
UPDATE virksomheter SET slettedato = DATE '2001-01-01' WHERE organisasjonsnummer IN (
  SELECT overordnet_enhet FROM virksomheter WHERE overordnet_enhet IS NOT NULL);
SELECT s.organisasjonsnummer FROM virksomheter s JOIN virksomheter o ON o.organisasjonsnummer = s.overordnet_enhet
WHERE o.slettedato IS NOT NULL AND (s.slettedato IS NULL OR s.slettedato > o.slettedato);

-- check 47: roles are held by one that exists, a grown-up unless it is an owner of 15
UPDATE roller SET person = NULL, enhet = NULL;
SELECT r.* FROM roller r LEFT JOIN personer p ON p.foedselsnummer = r.person, eksport
WHERE (r.person IS NULL) = (r.enhet IS NULL)
  OR r.virksomhet NOT IN (SELECT organisasjonsnummer FROM virksomheter)
  OR (r.enhet IS NOT NULL AND r.enhet NOT IN (SELECT organisasjonsnummer FROM virksomheter))
  OR extract(year FROM age(dato, p.foedselsdato)) < CASE WHEN r.rolle = 'INNH' THEN 15 ELSE 18 END;

-- check 48: a sole proprietorship has one owner, whose surname is in its name
UPDATE virksomheter SET navn = 'Ingens' WHERE organisasjonsform = 'ENK';
SELECT v.organisasjonsnummer, any_value(v.navn), count(p.foedselsnummer) FROM virksomheter v
LEFT JOIN roller r ON r.virksomhet = v.organisasjonsnummer AND r.rolle = 'INNH'
LEFT JOIN personer p ON p.foedselsnummer = r.person
WHERE v.organisasjonsform = 'ENK' AND v.slettedato IS NULL GROUP BY v.organisasjonsnummer
HAVING count(p.foedselsnummer) <> 1 OR NOT contains(upper(any_value(v.navn)), upper(any_value(p.etternavn)));

-- check 49: a company has a chair, capital and stands in the business register
UPDATE virksomheter SET kapital = 29999 WHERE organisasjonsform = 'AS';
SELECT v.organisasjonsnummer FROM virksomheter v
WHERE v.organisasjonsform = 'AS' AND v.slettedato IS NULL AND (v.kapital < 30000 OR NOT v.foretaksregisteret
  OR (v.konkursdato IS NULL AND NOT EXISTS (
    SELECT 1 FROM roller r WHERE r.virksomhet = v.organisasjonsnummer AND r.rolle = 'LEDE')));

-- check 51: every company is owned, by one that exists
DELETE FROM aksjer;
SELECT v.organisasjonsnummer FROM virksomheter v
LEFT JOIN aksjer a ON a.virksomhet = v.organisasjonsnummer
WHERE v.organisasjonsform = 'AS' AND v.slettedato IS NULL GROUP BY v.organisasjonsnummer
HAVING coalesce(sum(a.antall), 0) <= 0;

-- check 51 shares: the owners of a property own all of it
UPDATE hjemler SET teller = teller + 1;
SELECT eiendom, sum(teller / nevner) FROM hjemler GROUP BY eiendom
HAVING abs(sum(CAST(teller AS DOUBLE) / nevner) - 1) > 0.000001;

-- check 52: there is one municipality for each part, with kindergartens and schools below it
DELETE FROM virksomheter WHERE slag = 'kommune';
SELECT deler, count(organisasjonsnummer) FROM eksport
LEFT JOIN virksomheter ON organisasjonsform = 'KOMM' AND slag = 'kommune'
GROUP BY deler HAVING count(organisasjonsnummer) <> deler;
