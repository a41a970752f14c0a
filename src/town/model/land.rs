//! Two-letter codes of countries. The register writes three letters everywhere but in addresses abroad
//! (`specs/folkeregister.md` §6.2).

use super::Landkode;

/// What an address abroad says of a country without a code of its own.
const UKJENT: &str = "YY";

/// Three letters and two of each country (ISO 3166-1, and Kosovo), in order.
const KODER: &str = "\
    ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU AUTAT AZEAZ BDIBI \
    BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO BRABR BRBBB BRNBN BTNBT \
    BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG COKCK COLCO COMKM CPVCV CRICR CUBCU \
    CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET \
    FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR \
    GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR \
    IRQIQ ISLIS ISRIL ITAIT JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB \
    LBRLR LBYLY LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH \
    MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA NCLNC NERNE \
    NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE PHLPH PLWPW PNGPG POLPL \
    PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ \
    SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC \
    TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY \
    USAUS UZBUZ VATVA VCTVC VENVE VGBVG VIRVI VNMVN VUTVU WLFWF WSMWS XXKXK YEMYE ZAFZA ZMBZM ZWEZW";

impl Landkode {
    /// Whether it is a country, or the code for none.
    #[must_use]
    pub fn is_kjent(&self) -> bool {
        *self == Self::STATSLOES || self.alpha2() != UKJENT
    }

    /// The two letters of addresses abroad; `YY` for what is no country.
    #[must_use]
    pub fn alpha2(&self) -> &'static str {
        let place = KODER.len().div_ceil(6);
        let word = |at: usize| &KODER[at * 6..at * 6 + 5];
        let (mut from, mut to) = (0, place);
        while from < to {
            let middle = usize::midpoint(from, to);
            match word(middle)[..3].cmp(self.as_str()) {
                std::cmp::Ordering::Equal => return &word(middle)[3..],
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        UKJENT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_of_the_list_is_found_and_nothing_else() {
        let words: Vec<&str> = KODER.split(' ').collect();
        assert!(words.iter().all(|word| word.len() == 5) && words.is_sorted() && words.len() == 250);
        for word in words {
            let code: [u8; 3] = word.as_bytes()[..3].try_into().unwrap();
            assert_eq!(Landkode(code).alpha2(), &word[3..]);
        }
        for (three, two) in
            [(b"NOR", "NO"), (b"XXK", "XK"), (b"XUK", "YY"), (b"XXX", "YY"), (b"AAA", "YY"), (b"ZZZ", "YY")]
        {
            assert_eq!(Landkode(*three).alpha2(), two);
        }
    }
}
