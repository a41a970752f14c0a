//! Closed words of the registers, with the codes they are written with (`specs/folkeregister.md` §7, §9.1).

macro_rules! code_list {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            /// Every value, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The register's code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// The value written as `code`.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

code_list!(
    /// Personstatus.
    Personstatus {
        /// Resident.
        Bosatt = "bosatt",
        /// Emigrated.
        Utflyttet = "utflyttet",
        /// Disappeared.
        Forsvunnet = "forsvunnet",
        /// Dead.
        Doed = "doed",
        /// The number is withdrawn.
        Opphoert = "opphoert",
        /// Born in Norway without residence.
        Foedselsregistrert = "foedselsregistrert",
        /// D-number person in use.
        Midlertidig = "midlertidig",
        /// D-number person five years after issue.
        Inaktiv = "inaktiv",
        /// Has a birth number, is not resident.
        IkkeBosatt = "ikkeBosatt",
    }
);

code_list!(
    /// Sivilstand.
    Sivilstand {
        /// Not stated.
        Uoppgitt = "uoppgitt",
        /// Never married.
        Ugift = "ugift",
        /// Married.
        Gift = "gift",
        /// Widow or widower.
        EnkeEllerEnkemann = "enkeEllerEnkemann",
        /// Divorced.
        Skilt = "skilt",
        /// Separated.
        Separert = "separert",
        /// Registered partner.
        RegistrertPartner = "registrertPartner",
        /// Separated partner.
        SeparertPartner = "separertPartner",
        /// Divorced partner.
        SkiltPartner = "skiltPartner",
        /// Surviving partner.
        GjenlevendePartner = "gjenlevendePartner",
    }
);

code_list!(
    /// Adressegradering, and the protection of a person.
    Gradering {
        /// Open.
        Ugradert = "ugradert",
        /// The address itself gives something away.
        Klientadresse = "klientadresse",
        /// Confidential.
        Fortrolig = "fortrolig",
        /// Strictly confidential: no home address leaves the town.
        StrengtFortrolig = "strengtFortrolig",
    }
);

code_list!(
    /// Role in a family relation.
    Relasjonsrolle {
        /// Mother.
        Mor = "mor",
        /// Father.
        Far = "far",
        /// Second mother.
        Medmor = "medmor",
        /// Child.
        Barn = "barn",
        /// Spouse or registered partner.
        EktefelleEllerPartner = "ektefelleEllerPartner",
        /// Stillborn child.
        DoedfoedtBarn = "doedfoedtBarn",
    }
);

code_list!(
    /// Who has parental responsibility.
    Ansvar {
        /// Both parents.
        Felles = "felles",
        /// The mother alone.
        Mor = "mor",
        /// The father alone.
        Far = "far",
        /// The second mother alone.
        Medmor = "medmor",
        /// Somebody else.
        Andre = "andre",
        /// Not known.
        Ukjent = "ukjent",
    }
);

code_list!(
    /// Kind of a unit in a building.
    Bruksenhetstype {
        /// Dwelling.
        Bolig = "bolig",
        /// Something else than a dwelling.
        AnnetEnnBolig = "annetEnnBolig",
        /// Holiday home.
        Fritidsbolig = "fritidsbolig",
        /// Dwelling without approval.
        IkkeGodkjentBolig = "ikkeGodkjentBolig",
        /// Unit without a number.
        UnummerertBruksenhet = "unummerertBruksenhet",
    }
);

code_list!(
    /// Household type (`specs/population.md` §3.1).
    Husstandstype {
        /// One person.
        Alene = "alone",
        /// Couple without children at home.
        ParUtenBarn = "couple_no_child_at_home",
        /// Couple, youngest child 0–5.
        ParMedSmaabarn = "couple_youngest_0_5",
        /// Couple, youngest child 6–17.
        ParMedStoreBarn = "couple_youngest_6_17",
        /// Lone parent, youngest child 0–5.
        EnsligMedSmaabarn = "lone_parent_youngest_0_5",
        /// Lone parent, youngest child 6–17.
        EnsligMedStoreBarn = "lone_parent_youngest_6_17",
        /// One family with adult children.
        VoksneBarn = "one_family_adult_children",
        /// Several families with children under 18.
        FlereFamilierMedBarn = "multi_family_with_children_0_17",
        /// Several families without children.
        FlereFamilierUtenBarn = "multi_family_no_children",
    }
);

code_list!(
    /// Language for letters, as the contact register knows it.
    Spraak {
        /// Bokmål.
        Nb = "nb",
        /// Nynorsk.
        Nn = "nn",
        /// English.
        En = "en",
        /// Northern Sámi.
        Se = "se",
    }
);

code_list!(
    /// Supplier of a digital mailbox; `Ingen` when the citizen has none.
    Postkasse {
        /// No mailbox.
        Ingen = "ingen",
        /// The first of the two suppliers.
        Digipost = "digipost",
        /// The second.
        EBoks = "e-boks",
    }
);

code_list!(
    /// Event types of the feed: those that are delivered (`specs/folkeregister.md` §9.1). Appended to, never reordered.
    Hendelsestype {
        /// A person came into the register.
        PersonErOpprettet = "personErOpprettet",
        /// Name.
        EndringINavn = "endringINavn",
        /// Family relation.
        EndringIFamilierelasjon = "endringIFamilierelasjon",
        /// Parental responsibility.
        EndringIForeldreansvar = "endringIForeldreansvar",
        /// Civil status.
        EndringISivilstand = "endringISivilstand",
        /// Home address by a move.
        EndringIBostedsadresse = "endringIBostedsadresse",
        /// Address protection.
        EndringIAdressebeskyttelse = "endringIAdressebeskyttelse",
        /// Death.
        PersonErDoed = "personErDoed",
        /// Became resident.
        PersonErBosatt = "personErBosatt",
        /// Emigrated.
        PersonErUtflyttet = "personErUtflyttet",
        /// Postal address.
        EndringIKontaktinformasjon = "endringIKontaktinformasjon",
        /// Immigration.
        EndringIInnflytting = "endringIInnflytting",
        /// The number is in use again: a wrong death is annulled.
        PersonErReaktivert = "personErReaktivert",
        /// Identity number.
        EndringIIdentifikasjonsnummer = "endringIIdentifikasjonsnummer",
        /// Loaded anew, without an event document.
        PersonErOppdatert = "personErOppdatert",
        /// Status.
        EndringIStatus = "endringIStatus",
        /// Basis of identity.
        EndringIIdentitetsgrunnlag = "endringIIdentitetsgrunnlag",
        /// Identity number of another country.
        EndringIUtenlandskPersonidentifikasjon = "endringIUtenlandskPersonidentifikasjon",
        /// Number of the immigration authorities.
        EndringIUtlendingsmyndighetenesIdentifikasjonsnummer = "endringIUtlendingsmyndighetenesIdentifikasjonsnummer",
        /// Passport or identity card.
        EndringILegitimasjonsdokument = "endringILegitimasjonsdokument",
        /// False identity.
        EndringIFalskIdentitet = "endringIFalskIdentitet",
        /// Contact of an estate.
        EndringIKontaktopplysningerForDoedsbo = "endringIKontaktopplysningerForDoedsbo",
        /// Date of death.
        EndringIDoedsfall = "endringIDoedsfall",
        /// Home address without a move.
        EndringIBostedsadresseUtenFlytting = "endringIBostedsadresseUtenFlytting",
        /// Second home of a child.
        EndringIDeltBosted = "endringIDeltBosted",
        /// Stay.
        EndringIOppholdsadresse = "endringIOppholdsadresse",
        /// Emigration.
        EndringIUtflytting = "endringIUtflytting",
        /// Sex.
        EndringIKjoenn = "endringIKjoenn",
        /// Birth.
        EndringIFoedsel = "endringIFoedsel",
        /// Birth in Norway.
        EndringIFoedselINorge = "endringIFoedselINorge",
        /// Guardianship.
        EndringIVergemaal = "endringIVergemaal",
        /// Legal capacity.
        EndringIRettsligHandleevne = "endringIRettsligHandleevne",
        /// Citizenship.
        EndringIStatsborgerskap = "endringIStatsborgerskap",
        /// Residence permit.
        EndringIOpphold = "endringIOpphold",
        /// Stay in Svalbard.
        EndringIOppholdPaaSvalbard = "endringIOppholdPaaSvalbard",
        /// Sámi languages.
        EndringIBrukAvSamiskSpraak = "endringIBrukAvSamiskSpraak",
        /// Electoral roll of the Sámi parliament.
        EndringISametingetsValgmanntall = "endringISametingetsValgmanntall",
        /// Some change, for packages that may not know which.
        EndringIPerson = "endringIPerson",
        /// The number is withdrawn.
        PersonErOpphoert = "personErOpphoert",
        /// Goes on after two numbers of one person were merged.
        PersonErViderefoertSomGjeldendeVedSammenslaaing = "personErViderefoertSomGjeldendeVedSammenslaaing",
        /// Withdrawn as the second number of one person.
        PersonErOpphoertSomDublett = "personErOpphoertSomDublett",
        /// Two people had shared a number.
        PersonErEndretVedSplitting = "personErEndretVedSplitting",
        /// The other of two who had shared a number.
        PersonErGjenopprettetVedSplitting = "personErGjenopprettetVedSplitting",
    }
);

code_list!(
    /// Tags of the minimum cast, by which scenarios find edge people (`specs/population.md` §16.9). At most 64.
    Merke {
        /// Twin.
        Tvilling = "tvilling",
        /// New-born whose name is not chosen yet.
        NyfoedtUtenNavn = "nyfoedt_uten_navn",
        /// Mother with strict address protection.
        MorStrengtFortrolig = "mor_strengt_fortrolig",
        /// Strict protection.
        StrengtFortrolig = "strengt_fortrolig",
        /// Confidential address.
        Fortrolig = "fortrolig",
        /// Lone parent.
        EnsligForsoerger = "enslig_forsoerger",
        /// Lone father.
        EnsligFar = "enslig_far",
        /// One of two mothers.
        ToMoedre = "to_moedre",
        /// Parent under twenty.
        TenaaringsForelder = "tenaarings_forelder",
        /// Born on 29 February.
        Skuddaarsbarn = "skuddaarsbarn",
        /// Aged 100 or more.
        Hundreaaring = "hundreaaring",
        /// Reserved at 30.
        ReservertTrettiaaring = "reservert_trettiaaring",
        /// Reserved, of child-bearing age, with a partner.
        ReservertMedPartner = "reservert_med_partner",
        /// Aged 90 or more and in the contact register.
        RegistrertNittiaaring = "registrert_nittiaaring",
        /// Adult outside the contact register.
        UregistrertVoksen = "uregistrert_voksen",
        /// Contact data that has expired.
        UtloeptKontakt = "utloept_kontakt",
        /// Name of 60 letters or more.
        LangtNavn = "langt_navn",
        /// Name with hyphen, apostrophe or letters outside the Norwegian ones.
        SpesialtegnINavn = "spesialtegn_i_navn",
        /// Home without a known address.
        UkjentBosted = "ukjent_bosted",
        /// One of three of a delivery.
        Trilling = "trilling",
        /// Parent of a stillborn child.
        ForelderTilDoedfoedt = "forelder_til_doedfoedt",
        /// Child with two homes.
        DeltBosted = "delt_bosted",
        /// Child in a foster home.
        Fosterbarn = "fosterbarn",
        /// Child whose guardian is dead.
        BarnMedDoedVerge = "barn_med_doed_verge",
        /// Adult with a guardian.
        VoksenMedVerge = "voksen_med_verge",
        /// Minor who came to the country alone.
        EnsligMindreaarig = "enslig_mindreaarig",
        /// Gave a power of attorney that is in force.
        Fremtidsfullmakt = "fremtidsfullmakt",
        /// Child with a parent who has no identity number.
        ForelderUtenNummer = "forelder_uten_nummer",
        /// Parent in a household whose income is exactly a limit of the reduced kindergarten payment.
        PaaInntektsgrensen = "paa_inntektsgrensen",
        /// Parent of a kindergarten child whose newest tax year is only a draft.
        BareSkatteutkast = "bare_skatteutkast",
        /// Parent of a kindergarten child in a household without any tax data.
        UtenInntektsdata = "uten_inntektsdata",
        /// Citizen of the European Economic Area with a D-number and a job here.
        EoesPendler = "eoes_pendler",
        /// D-number in use.
        Dnummer = "d_nummer",
        /// D-number whose date is not the date of birth.
        DnummerFeilDato = "d_nummer_feil_dato",
        /// D-number made inactive after five years.
        DnummerInaktivt = "d_nummer_inaktivt",
        /// A birth number replaced the D-number.
        DnummerOppgradert = "d_nummer_oppgradert",
        /// Had two identity numbers.
        Dublett = "dublett",
        /// Changed legal sex and got another number.
        EndretKjoenn = "endret_kjoenn",
        /// Emigrated.
        Utvandret = "utvandret",
        /// From a country of refugees, came within the last year.
        FlyktningFoersteAar = "flyktning_foerste_aar",
        /// Moved out of and back to Norway twice within a year.
        InnOgUtToGanger = "inn_og_ut_to_ganger",
        /// A parent has a D-number only.
        ForelderMedDnummer = "forelder_med_d_nummer",
        /// The name is one word.
        EttOrdNavn = "ett_ord_navn",
        /// Somebody else has the same name and date of birth.
        NavneOgDatotvilling = "navne_og_datotvilling",
        /// Home of a client: the address itself gives something away.
        Klientadresse = "klientadresse",
        /// The home has the number of a property for an address.
        Gaardsadresse = "gaardsadresse",
        /// Dead, and still the proprietor of a live firm.
        DoedInnehaver = "doed_innehaver",
        /// Under age and proprietor of a firm.
        MindreaarigInnehaver = "mindreaarig_innehaver",
        /// Dead, and still chair of a board.
        DoedStyreleder = "doed_styreleder",
        /// Chair of a bankrupt company.
        StyrelederIKonkurs = "styreleder_i_konkurs",
        /// Chair of the company that a sole proprietorship became.
        OmdannetForetak = "omdannet_foretak",
        /// Emigrated, and owns property here.
        UtvandretMedEiendom = "utvandret_med_eiendom",
        /// Was registered as dead by mistake; the death is annulled.
        AnnullertDoedsfall = "annullert_doedsfall",
    }
);

impl Postkasse {
    /// Organisation number of the supplier; synthetic, as everything here (`specs/folkeregister.md` §18.1).
    #[must_use]
    pub fn leverandoer(self) -> Option<&'static str> {
        match self {
            Self::Ingen => None,
            Self::Digipost => Some("314099885"),
            Self::EBoks => Some("315000211"),
        }
    }
}

/// What the contact register knows of a base person, packed into one byte of the column.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, serde::Serialize, serde::Deserialize)]
pub struct KontaktFlags(pub u8);

impl KontaktFlags {
    /// Stands in the contact register.
    pub const REGISTRERT: u8 = 1;
    /// Reserved against digital communication.
    pub const RESERVERT: u8 = 2;
    /// Has an e-mail address.
    pub const EPOST: u8 = 4;
    /// Has a mobile number.
    pub const MOBIL: u8 = 8;
    /// The contact data has not been confirmed for eighteen months.
    pub const UTLOEPT: u8 = 16;
    /// Uses the partner's e-mail address.
    pub const DELT_EPOST: u8 = 32;
    /// Uses the partner's mobile number.
    pub const DELT_MOBIL: u8 = 64;

    /// Whether all bits of `flag` are set.
    #[must_use]
    pub fn has(self, flag: u8) -> bool {
        self.0 & flag == flag
    }
}
