//! The services of this version and where an app finds them (`specs/names.md` §1).

/// One service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Service {
    /// Service id.
    pub id: &'static str,
    /// What replaces the real origin in an app's settings, behind our own origin and world prefix.
    pub base: &'static str,
    /// The environment variable that carries that address.
    pub variable: &'static str,
    /// A path behind the base that shows how it is used.
    pub example: &'static str,
}

/// Services this version answers for, in the order pages list them.
pub const SERVICES: &[Service] = &[
    Service {
        id: "idporten",
        base: "/idporten",
        variable: "IDPORTEN_ISSUER",
        example: "/.well-known/openid-configuration",
    },
    Service {
        id: "ansattporten",
        base: "/ansattporten",
        variable: "ANSATTPORTEN_ISSUER",
        example: "/.well-known/openid-configuration",
    },
    Service {
        id: "maskinporten",
        base: "/maskinporten/",
        variable: "MASKINPORTEN_ISSUER",
        example: ".well-known/oauth-authorization-server",
    },
    Service {
        id: "folkeregisteret",
        base: "",
        variable: "FOLKEREGISTERET_URL",
        example: "/folkeregisteret/offentlig-med-hjemmel/api/v1/personer/{id}",
    },
    Service { id: "selvbetjening", base: "/selvbetjening", variable: "SELVBETJENING_URL", example: "/api/v1/clients" },
    Service { id: "fiks", base: "/fiks", variable: "FIKS_URL", example: "/register/api/v1/ks/{rolleId}/krr/person" },
    Service { id: "krr", base: "/krr", variable: "KRR_URL", example: "/rest/v2/personer" },
    Service {
        id: "skatt",
        base: "/skatt",
        variable: "SKATT_URL",
        example: "/api/summertskattegrunnlag/v2/{stadie}/kommuneforeldrebetaling/{inntektsaar}/{id}",
    },
    Service { id: "eformidling", base: "/eformidling", variable: "EFORMIDLING_URL", example: "/api/messages/out" },
];
