//! The list of all columns: the one place that says which there are, in which order. Digests, files and checks go through
//! it; a new column stands here and in [`Base`], nowhere else.

use super::Base;
use super::columns_values::Fixed;

/// A column of the base, for what treats all of them alike.
#[derive(Clone, Copy)]
pub struct Column {
    /// Its path in [`Base`], as `personer.nummer`. The part before the dot is the table.
    pub name: &'static str,
    /// Bytes of one value.
    pub width: usize,
    /// How many values it has.
    pub rows: fn(&Base) -> usize,
    /// Appends the bytes of all values, one after the other; numbers are big-endian.
    pub put: fn(&Base, &mut Vec<u8>),
    /// Sets the column from the bytes of its values; the position of the first that is no value.
    pub take: fn(&mut Base, &[u8]) -> Result<(), usize>,
}

impl Column {
    /// The table it belongs to.
    #[must_use]
    pub fn table(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(table, _)| table)
    }
}

fn put_all<T: Fixed>(values: &[T], out: &mut Vec<u8>) {
    out.reserve(values.len() * T::WIDTH);
    values.iter().for_each(|value| value.put(out));
}

fn take_all<T: Fixed>(column: &mut Vec<T>, bytes: &[u8]) -> Result<(), usize> {
    let values = bytes.chunks(T::WIDTH).enumerate().map(|(row, mut bytes)| T::take(&mut bytes).ok_or(row));
    *column = values.collect::<Result<_, _>>()?;
    Ok(())
}

/// Bytes of one value of `column`.
const fn width_of<T: Fixed>(_column: fn(&Base) -> &Vec<T>) -> usize {
    T::WIDTH
}

macro_rules! columns {
    ($($name:literal = $($path:ident).+),* $(,)?) => {
        /// Every column, in the order of digests and files.
        pub const COLUMNS: &[Column] = &[$(Column {
            name: $name,
            width: width_of(|base| &base.$($path).+),
            rows: |base| base.$($path).+.len(),
            put: |base, out| put_all(&base.$($path).+, out),
            take: |base, bytes| take_all(&mut base.$($path).+, bytes),
        }),*];
    };
}

columns!(
    "personer.nummer" = personer.nummer,
    "personer.foedselsdato" = personer.foedselsdato,
    "personer.kjoenn" = personer.kjoenn,
    "personer.status" = personer.status,
    "personer.fornavn" = personer.fornavn,
    "personer.mellomnavn" = personer.mellomnavn,
    "personer.etternavn" = personer.etternavn,
    "personer.rekkefoelge" = personer.rekkefoelge,
    "personer.foedeland" = personer.foedeland,
    "personer.statsborgerskap" = personer.statsborgerskap,
    "personer.mor" = personer.mor,
    "personer.far" = personer.far,
    "personer.husstand" = personer.husstand,
    "personer.partner" = personer.partner,
    "personer.kontakt" = personer.kontakt,
    "personer.postkasse" = personer.postkasse,
    "personer.spraak" = personer.spraak,
    "personer.merker" = personer.merker,
    "personer.utdanning" = personer.utdanning,
    "personer.arbeidsmarked" = personer.arbeidsmarked,
    "personer.fastlege" = personer.fastlege,
    "sivilstander" = sivilstander,
    "bosteder" = bosteder,
    "person_bosted_start" = person_bosted_start,
    "person_bosteder" = person_bosteder,
    "tidligere_navn" = tidligere_navn,
    "ansvar" = ansvar,
    "beskyttelser" = beskyttelser,
    "doedsfall" = doedsfall,
    "husstander.slag" = husstander.slag,
    "husstander.bosted" = husstander.bosted,
    "husstander.start" = husstander.start,
    "husstander.medlemmer" = husstander.medlemmer,
    "boliger.gate" = boliger.gate,
    "boliger.husnummer" = boliger.husnummer,
    "boliger.husbokstav" = boliger.husbokstav,
    "boliger.bruksenhet" = boliger.bruksenhet,
    "boliger.bruksenhetstype" = boliger.bruksenhetstype,
    "boliger.poststed" = boliger.poststed,
    "boliger.grunnkrets" = boliger.grunnkrets,
    "boliger.skolekrets" = boliger.skolekrets,
    "boliger.stemmekrets" = boliger.stemmekrets,
    "boliger.bygning" = boliger.bygning,
    "boliger.eieform" = boliger.eieform,
    "gater" = gater,
    "poststeder" = poststeder,
    "virksomheter" = virksomheter,
    "plasser" = plasser,
    "statsborgerskap" = statsborgerskap,
    "innflyttinger" = innflyttinger,
    "utflyttinger" = utflyttinger,
    "tidligere_nummer" = tidligere_nummer,
    "dnummer" = dnummer,
    "vergemaal" = vergemaal,
    "delt_bosted" = delt_bosted,
    "fosterhjem" = fosterhjem,
    "doedfoedte" = doedfoedte,
    "foreldre_uten_nummer" = foreldre_uten_nummer,
    "bygninger" = bygninger,
    "eiendommer" = eiendommer,
    "hjemler" = hjemler,
    "roller" = roller,
    "aksjer" = aksjer,
    "fastlegelister" = fastlegelister,
    "arbeidsforhold" = arbeidsforhold,
    "inntekter" = inntekter,
    "annullerte_doedsfall" = annullerte_doedsfall,
);
