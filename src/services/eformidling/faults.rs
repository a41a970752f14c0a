//! Errors of the API: status, class of the exception, and text (`specs/eformidling.md` §15). Clients read the class name.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::clock::Instant;

/// Package of the integration point's own exceptions.
const OWN: &str = "no.difi.meldingsutveksling.exceptions.";

/// One broken rule of a body.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Violation {
    /// Path of the property.
    pub(super) field: String,
    /// Name of the rule.
    pub(super) code: &'static str,
    /// What the rule says.
    pub(super) message: String,
    /// What stood there; left out when nothing did.
    pub(super) rejected: Value,
}

impl Violation {
    /// `field` is missing.
    pub(super) fn not_null(field: impl Into<String>) -> Self {
        Self { field: field.into(), code: "NotNull", message: "must not be null".into(), rejected: Value::Null }
    }

    /// `field` is missing or empty.
    pub(super) fn not_empty(field: impl Into<String>, rejected: Option<&str>) -> Self {
        let rejected = rejected.map_or(Value::Null, |text| json!(text));
        Self { field: field.into(), code: "NotEmpty", message: "must not be empty".into(), rejected }
    }

    /// `field` breaks the rule `code`.
    pub(super) fn rule(
        field: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
        rejected: Value,
    ) -> Self {
        Self { field: field.into(), code, message: message.into(), rejected }
    }

    fn json(&self) -> Value {
        let mut item = Map::new();
        item.insert("codes".into(), json!([self.code]));
        item.insert("defaultMessage".into(), json!(self.message));
        item.insert("objectName".into(), json!(self.field));
        item.insert("field".into(), json!(self.field));
        if !self.rejected.is_null() {
            item.insert("rejectedValue".into(), self.rejected.clone());
        }
        item.insert("bindingFailure".into(), json!(false));
        item.insert("code".into(), json!(self.code));
        Value::Object(item)
    }
}

/// One refused request.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Fault(Box<Refusal>);

impl std::ops::Deref for Fault {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.0
    }
}

/// What a refusal says.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Refusal {
    /// HTTP status.
    pub(super) status: u16,
    /// Full class name.
    pub(super) exception: String,
    /// Text.
    pub(super) message: String,
    /// Text of the look-up, for one of them.
    pub(super) description: Option<String>,
    /// Broken rules.
    pub(super) violations: Vec<Violation>,
    /// Methods allowed, for 405.
    pub(super) allow: Option<String>,
}

impl Fault {
    fn new(status: u16, exception: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Box::new(Refusal {
            status,
            exception: exception.into(),
            message: message.into(),
            description: None,
            violations: Vec::new(),
            allow: None,
        }))
    }

    fn own(status: u16, name: &str, message: impl Into<String>) -> Self {
        Self::new(status, format!("{OWN}{name}"), message)
    }

    /// The form of texts that nobody wrote down: class and arguments.
    fn unworded(status: u16, name: &str, argument: &str) -> Self {
        Self::own(status, name, format!("--{OWN}{name}-- [{argument}]"))
    }

    /// Broken rules; there is at least one.
    pub(super) fn constraints(violations: Vec<Violation>) -> Self {
        let texts: Vec<String> = violations.iter().map(|v| format!("{}: {}", v.field, v.message)).collect();
        let mut fault = Self::new(400, "jakarta.validation.ConstraintViolationException", texts.join(", "));
        fault.0.violations = violations;
        fault
    }

    /// Not JSON, or JSON of another shape.
    pub(super) fn not_readable(message: impl Into<String>) -> Self {
        Self::new(400, "org.springframework.http.converter.HttpMessageNotReadableException", message)
    }

    /// Another media type than JSON.
    pub(super) fn media_type(given: Option<&str>) -> Self {
        let message = match given {
            Some(given) => format!("Content-Type '{given}' is not supported"),
            None => "Content-Type is not supported".to_owned(),
        };
        Self::new(415, "org.springframework.web.HttpMediaTypeNotSupportedException", message)
    }

    /// A header an upload needs.
    pub(super) fn missing_header(name: &str) -> Self {
        Self::new(
            400,
            "org.springframework.web.bind.MissingRequestHeaderException",
            format!("Required request header '{name}' for method parameter type String is not present"),
        )
    }

    /// A variable of the path or a parameter of another type.
    pub(super) fn type_mismatch(name: &str, value: &str, wanted: &str) -> Self {
        Self::new(
            400,
            "org.springframework.web.method.annotation.MethodArgumentTypeMismatchException",
            format!(
                "Method parameter '{name}': Failed to convert value of type 'java.lang.String' to required type \
                 '{wanted}'; For input string: \"{value}\""
            ),
        )
    }

    /// A part of a multipart request that is missing.
    pub(super) fn missing_part(name: &str) -> Self {
        Self::new(
            400,
            "org.springframework.web.bind.MissingServletRequestParameterException",
            format!("Required request parameter '{name}' for method parameter type String is not present"),
        )
    }

    /// A multipart body that cannot be taken apart.
    pub(super) fn multipart() -> Self {
        Self::new(
            400,
            "org.springframework.web.multipart.MultipartException",
            "Failed to parse multipart servlet request",
        )
    }

    /// No such path.
    pub(super) fn no_resource(path: &str) -> Self {
        Self::new(
            404,
            "org.springframework.web.servlet.resource.NoResourceFoundException",
            format!("No static resource {}.", path.trim_start_matches('/')),
        )
    }

    /// The path exists, with other methods.
    pub(super) fn method(method: &str, allow: String) -> Self {
        let mut fault = Self::new(
            405,
            "org.springframework.web.HttpRequestMethodNotSupportedException",
            format!("Request method '{method}' is not supported"),
        );
        fault.0.allow = Some(allow);
        fault
    }

    /// A state the original did not think of.
    pub(super) fn illegal_state(message: impl Into<String>) -> Self {
        Self::new(500, "java.lang.IllegalStateException", message)
    }

    /// A service that is none of the enumeration's: documented to fail as 500.
    pub(super) fn unknown_service(value: &str) -> Self {
        let message = format!("No enum constant no.difi.meldingsutveksling.ServiceIdentifier.{value}");
        Self::new(500, "java.lang.IllegalArgumentException", message)
    }

    /// Sorting by a property that does not exist. The integration point has no handler for the framework's exception, and
    /// nothing documents what comes out; a 500 is for what is documented to fail, so this is the caller's fault.
    pub(super) fn unknown_property(property: &str, kind: &str) -> Self {
        Self::new(
            400,
            "org.springframework.data.mapping.PropertyReferenceException",
            format!("No property '{property}' found for type '{kind}'"),
        )
    }

    /// The message id is taken.
    pub(super) fn message_exists(id: impl std::fmt::Display) -> Self {
        Self::own(400, "MessageAlreadyExistsException", format!("Message with messageId = {id} already exists"))
    }

    /// No such message.
    pub(super) fn message_not_found(id: &str) -> Self {
        Self::own(404, "MessageNotFoundException", format!("Message with messageId = {id} was not found"))
    }

    /// No such conversation. Numbers in texts are grouped.
    pub(super) fn conversation_not_found(id: i64) -> Self {
        let message = format!("Conversation with id = {} was not found", grouped(id));
        Self::own(404, "ConversationNotFoundException", message)
    }

    /// Not a type this API knows.
    pub(super) fn unknown_type(given: &str, known: &[&str]) -> Self {
        let message = format!(
            "Unknown NextMove document type {given}. Expected one of the following values: {}",
            known.join(",")
        );
        Self::own(400, "UnknownMessageTypeException", message)
    }

    /// Type and standard do not belong together.
    pub(super) fn type_and_standard(kind: &str, standard: &str) -> Self {
        let message = format!("Message type {kind} does not match the document type {standard}");
        Self::own(400, "MessageTypeDoesNotFitDocumentTypeException", message)
    }

    /// The receiver's side has no such process, or not for this document.
    pub(super) fn process_not_accepted(process: &str, description: String) -> Self {
        let message = format!("Receiver do not accept the document process {process}");
        let mut fault = Self::own(400, "ReceiverDoesNotAcceptProcessException", message);
        fault.0.description = Some(description);
        fault
    }

    /// Nobody with this identifier.
    pub(super) fn identifier_not_found(parameters: &str) -> Self {
        let argument = format!("Service record not found for parameters: {parameters}");
        Self::unworded(404, "IdentifierNotFoundException", &argument)
    }

    /// Nothing was uploaded.
    pub(super) fn missing_file() -> Self {
        Self::own(400, "MissingFileException", "There must always be at least one attachment")
    }

    /// A file that is named but not there.
    pub(super) fn file_not_found(names: &str) -> Self {
        Self::own(404, "FileNotFoundException", format!("File(s) named {names} was not found"))
    }

    /// The same name twice.
    pub(super) fn duplicate_filename(name: &str) -> Self {
        Self::own(400, "DuplicateFilenameException", format!("Filename already exists in message: {name}."))
    }

    /// More bytes than the service takes.
    pub(super) fn files_too_large(sum: u64, service: &str, limit: u64) -> Self {
        let message = format!(
            "The combined file size for all attachments ({}) exceeds the maximum allowed upload size for the target \
             service ({service}, {})",
            data_size(sum),
            data_size(limit)
        );
        Self::own(400, "MaxFileSizeExceededException", message)
    }

    /// A part above the limit of multipart requests.
    pub(super) fn part_too_large(name: &str, limit: i64) -> Self {
        let message = format!(
            "The attachment named '{name}' is too large. The maximum size for multipart requests is {} bytes. Please use \
             the non-multipart API to avoid such problems.",
            grouped(limit)
        );
        Self::own(400, "MultipartFileToLargeException", message)
    }

    /// A file without title, where titles are shown.
    pub(super) fn missing_title() -> Self {
        Self::own(400, "MissingFileTitleException", "Title is required for the following capabilities: DPV")
    }

    /// The main document is not among the files.
    pub(super) fn missing_primary_document() -> Self {
        Self::own(
            400,
            "MissingPrimaryDocumentException",
            "Missing a primary document. Please specify the hoveddokument property in the business message and verify \
             that is equal to one of the filenames.",
        )
    }

    /// A line of an address that must be there.
    pub(super) fn missing_address(field: &str) -> Self {
        Self::unworded(400, "MissingAddressInformationException", field)
    }

    /// Too late to send.
    pub(super) fn expired(at: &str) -> Self {
        let message = format!("ExpectedResponseDateTime {at} has been exceeded. Please resend the message");
        Self::own(400, "TimeToLiveException", message)
    }

    /// No such subscription. Numbers in texts are grouped.
    pub(super) fn subscription_not_found(id: i64) -> Self {
        let message = format!("Subscription with id = {} was not found", grouped(id));
        Self::own(404, "SubscriptionNotFoundException", message)
    }

    /// Name and endpoint are taken.
    pub(super) fn subscription_exists(name: &str, endpoint: &str) -> Self {
        let message = format!("Subscription with name = {name} and pushEndpoint = {endpoint} already exists");
        Self::own(400, "SubscriptionWithSameNameAndPushEndpointAlreadyExistsException", message)
    }

    /// A status the integration point answers with when something behind it fails: the classes are the framework's own,
    /// none is documented (`specs/eformidling.md` §15 names those of refused requests).
    pub(super) fn trouble(status: StatusCode) -> Self {
        let (class, message) = match status {
            StatusCode::SERVICE_UNAVAILABLE => {
                ("org.springframework.web.client.ResourceAccessException", "I/O error: the service is unavailable")
            }
            status if status.is_server_error() => ("java.lang.IllegalStateException", "Unexpected error"),
            _ => ("org.springframework.web.server.ResponseStatusException", reason(status.as_u16())),
        };
        Self::new(status.as_u16(), class, message)
    }

    /// The body of the answer.
    pub(super) fn body(&self, path: &str, now: Instant, trace: bool) -> Value {
        let mut body = Map::new();
        body.insert("timestamp".into(), json!(now.iso(3)));
        body.insert("status".into(), json!(self.status));
        body.insert("error".into(), json!(reason(self.status)));
        body.insert("exception".into(), json!(self.exception));
        if trace {
            body.insert("trace".into(), json!([format!("{}: {}", self.exception, self.message)]));
        }
        body.insert("message".into(), json!(self.message));
        if let Some(description) = &self.description {
            body.insert("description".into(), json!(description));
        }
        if !self.violations.is_empty() {
            body.insert("errors".into(), self.violations.iter().map(Violation::json).collect());
        }
        body.insert("path".into(), json!(path));
        Value::Object(body)
    }
}

fn reason(status: u16) -> &'static str {
    axum::http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Error")
}

/// A number as the original writes it inside texts: groups of three.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if number < 0 { format!("-{out}") } else { out }
}

/// A count of bytes in the largest unit that leaves at least one whole.
fn data_size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes}b"),
        1024..0x10_0000 => format!("{}KB", bytes >> 10),
        _ => format!("{}MB", bytes >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::DEFAULT_START;

    #[test]
    fn the_body_has_the_members_of_the_contract_in_order() {
        let body = Fault::message_exists("x").body("/api/messages/out", DEFAULT_START, false);
        let names: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["timestamp", "status", "error", "exception", "message", "path"]);
        assert_eq!(body["timestamp"], "2027-01-04T08:00:00.000+01:00");
        assert_eq!(body["exception"], "no.difi.meldingsutveksling.exceptions.MessageAlreadyExistsException");
        assert_eq!(body["message"], "Message with messageId = x already exists");
    }

    #[test]
    fn a_trace_comes_only_when_asked_for() {
        assert!(Fault::missing_file().body("/", DEFAULT_START, true)["trace"].is_array());
        assert!(Fault::missing_file().body("/", DEFAULT_START, false).get("trace").is_none());
    }

    #[test]
    fn violations_name_rule_and_path_and_leave_out_what_was_not_there() {
        let fault = Fault::constraints(vec![
            Violation::not_empty("standardBusinessDocumentHeader.headerVersion", None),
            Violation::rule("x", "UUID", "'abc' is not a UUID.", json!("abc")),
        ]);
        let body = fault.body("/", DEFAULT_START, false);
        assert_eq!(
            body["errors"][0],
            json!({ "codes": ["NotEmpty"], "defaultMessage": "must not be empty",
                    "objectName": "standardBusinessDocumentHeader.headerVersion",
                    "field": "standardBusinessDocumentHeader.headerVersion", "bindingFailure": false,
                    "code": "NotEmpty" })
        );
        assert_eq!(body["errors"][1]["rejectedValue"], "abc");
    }

    #[test]
    fn sizes_and_numbers_are_written_as_the_original_does() {
        for (bytes, text) in [(0, "0b"), (1023, "1023b"), (1024, "1KB"), (12 << 20, "12MB"), ((50 << 20) + 1, "50MB")] {
            assert_eq!(data_size(bytes), text);
        }
        for (number, text) in [(0, "0"), (999, "999"), (1234, "1,234"), (5_242_880, "5,242,880"), (-1234, "-1,234")] {
            assert_eq!(grouped(number), text);
        }
    }
}
