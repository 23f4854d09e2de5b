using System.Globalization;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Validation;

namespace Ballast.ApiMachinery.Objects;

/// <summary>
/// A request's failure, as the <c>Status</c> object that the client gets. Reasons, codes and wording are those of
/// <c>k8s.io/apimachinery/pkg/api/errors</c>: clients branch on the reason and people search for the message.
/// </summary>
public sealed class StatusException : Exception
{
    private StatusException(int code, string reason, string message, JsonObject? details = null)
        : base(message)
    {
        Code = code;
        Reason = reason;
        Details = details;
    }

    /// <summary>The HTTP status.</summary>
    public int Code { get; }

    public string Reason { get; }

    /// <summary><c>Status.details</c>; not shared, a caller may add to it before it is written.</summary>
    public JsonObject? Details { get; }

    /// <summary>Seconds the client should wait before it tries again; null where it should not.</summary>
    public int? RetryAfterSeconds => (int?)Details?.LongAt("retryAfterSeconds");

    public static StatusException BadRequest(string message) => new(400, "BadRequest", message);

    public static StatusException Unauthorized(string message = "Unauthorized") => new(401, "Unauthorized", message);

    /// <param name="resource">What was asked for.</param>
    /// <param name="name">Its name; may be empty.</param>
    /// <param name="why">The authorizer's or admission plugin's words.</param>
    public static StatusException Forbidden(GroupResource resource, string name, string why) =>
        new(403, "Forbidden",
            resource.Resource.Length == 0 ? $"forbidden: {why}" : name.Length == 0 ? $"{resource} is forbidden: {why}" : $"{resource} \"{name}\" is forbidden: {why}",
            Detail(resource, name));

    public static StatusException NotFound(GroupResource resource, string name) =>
        new(404, "NotFound", $"{resource} \"{name}\" not found", Detail(resource, name));

    /// <summary>The answer to a path that nothing serves.</summary>
    public static StatusException PathNotFound() =>
        new(404, "NotFound", "the server could not find the requested resource", new JsonObject());

    public static StatusException MethodNotSupported(GroupResource resource, string verb) =>
        new(405, "MethodNotAllowed", $"{verb} is not supported on resources of kind \"{resource}\"", Detail(resource, ""));

    /// <summary>The answer to a verb that the path does not have.</summary>
    public static StatusException MethodNotAllowed() =>
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", new JsonObject());

    /// <summary>A thing the API names and this server does not do.</summary>
    public static StatusException NotImplemented(string message) => new(501, "NotImplemented", message, new JsonObject());

    public static StatusException NotAcceptable(IEnumerable<string> accepted) =>
        new(406, "NotAcceptable", "only the following media types are accepted: " + string.Join(", ", accepted));

    public static StatusException AlreadyExists(GroupResource resource, string name) =>
        new(409, "AlreadyExists", $"{resource} \"{name}\" already exists", Detail(resource, name));

    public static StatusException Conflict(GroupResource resource, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {resource} \"{name}\": {why}", Detail(resource, name));

    /// <summary>The conflict every controller knows how to retry.</summary>
    public static StatusException Modified(GroupResource resource, string name) =>
        Conflict(resource, name, "the object has been modified; please apply your changes to the latest version and try again");

    /// <summary>A server-side apply that another field manager's ownership stands against.</summary>
    /// <param name="message">Upstream's sentence that lists the managers.</param>
    /// <param name="causes">One a field: reason <c>FieldManagerConflict</c>, message, field.</param>
    public static StatusException ApplyConflict(string message, JsonArray causes) =>
        new(409, "Conflict", message, new JsonObject { ["causes"] = causes });

    public static StatusException Gone(string message) => new(410, "Gone", message);

    /// <summary>A resourceVersion or continue token older than what is kept.</summary>
    public static StatusException Expired(string message) => new(410, "Expired", message);

    /// <summary>An expired <c>continue</c> token that can go on, from another snapshot, with <paramref name="inconsistentContinue"/>.</summary>
    public static StatusException ExpiredContinue(string message, string inconsistentContinue) =>
        new(410, "Expired", message) { InconsistentContinue = inconsistentContinue };

    /// <summary>What <c>metadata.continue</c> of the Status carries; null on every other error.</summary>
    public string? InconsistentContinue { get; private init; }

    public static StatusException RequestEntityTooLarge(string message) => new(413, "RequestEntityTooLarge", message);

    public static StatusException UnsupportedMediaType(string message) => new(415, "UnsupportedMediaType", message);

    public static StatusException Invalid(GroupKind kind, string name, IReadOnlyCollection<FieldError> errors)
    {
        var causes = new JsonArray();
        foreach (var error in errors)
            causes.Add((JsonNode)new JsonObject { ["reason"] = error.Reason, ["message"] = error.Message, ["field"] = error.Field });
        var details = new JsonObject();
        foreach (var (field, value) in (ReadOnlySpan<(string, string)>)[("name", name), ("group", kind.Group), ("kind", kind.Kind)])
        {
            if (value.Length > 0)
                details[field] = value;
        }
        details["causes"] = causes;
        var texts = errors.Select(e => e.ToString()).Distinct().ToArray();
        var all = texts.Length == 1 ? texts[0] : $"[{string.Join(", ", texts)}]";
        return new(422, "Invalid", $"{kind} \"{name}\" is invalid: {all}", details);
    }

    /// <summary>A JSON patch that does not fit its object. Upstream does not say which operation failed, nor why.</summary>
    public static StatusException Unprocessable() =>
        new(422, "Invalid", "the server rejected our request due to an error in our request", new JsonObject());

    public static StatusException TooManyRequests(string message, int retryAfterSeconds) =>
        new(429, "TooManyRequests", message, new JsonObject { ["retryAfterSeconds"] = retryAfterSeconds });

    /// <summary>An eviction that a disruption budget stands against.</summary>
    public static StatusException DisruptionBudget(string message, JsonArray causes) =>
        new(429, "TooManyRequests", message, new JsonObject { ["causes"] = causes });

    /// <summary>An error that upstream gives no reason: 500, and clients show the message alone.</summary>
    public static StatusException Unknown(string message) => new(500, "", message);

    public static StatusException Internal(string message) =>
        new(500, "InternalError", $"Internal error occurred: {message}",
            new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["message"] = message }) });

    public static StatusException ServiceUnavailable(string message) => new(503, "ServiceUnavailable", message);

    /// <summary>What another server answered to a request that was passed on to it, and that is no Status itself.</summary>
    /// <param name="code">Its HTTP status.</param>
    /// <param name="resource">What was asked for.</param>
    /// <param name="name">Its name.</param>
    /// <param name="message">Its words.</param>
    public static StatusException FromAnotherServer(int code, GroupResource resource, string name, string message)
    {
        var (reason, text) = code switch
        {
            401 => ("Unauthorized", "the server has asked for the client to provide credentials"),
            403 => ("Forbidden", message),
            404 => ("NotFound", "the server could not find the requested resource"),
            503 => ("ServiceUnavailable", "the server is currently unable to handle the request"),
            >= 500 => ("InternalError", $"an error on the server (\"{message}\") has prevented the request from succeeding"),
            _ => ("Unknown", $"the server responded with the status code {code} but did not return more details"),
        };
        return new(code, reason, $"{text} ( {resource} {name})", Detail(resource, name));
    }

    /// <summary>The request took too long; it may or may not have been carried out.</summary>
    public static StatusException Timeout(string message, int retryAfterSeconds = 0) =>
        new(504, "Timeout", $"Timeout: {message}", retryAfterSeconds == 0 ? new JsonObject() : new JsonObject { ["retryAfterSeconds"] = retryAfterSeconds });

    /// <summary>A resourceVersion from the future: the cause tells clients so, and to try again.</summary>
    public static StatusException TooLargeResourceVersion(long asked, long current)
    {
        var message = string.Create(CultureInfo.InvariantCulture, $"Too large resource version: {asked}, current: {current}");
        return new(504, "Timeout", $"Timeout: {message}", new JsonObject
        {
            ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }),
            ["retryAfterSeconds"] = 1,
        });
    }

    /// <summary>The <c>Status</c> object, as it goes over the wire.</summary>
    public JsonObject ToDocument()
    {
        var metadata = new JsonObject();
        if (InconsistentContinue is not null)
            metadata["continue"] = InconsistentContinue;
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = metadata,
            ["status"] = "Failure",
            ["message"] = Message,
        };
        if (Reason.Length > 0)
            status["reason"] = Reason;
        if (Details is not null)
            status["details"] = Details.DeepClone();
        status["code"] = Code;
        return status;
    }

    private static JsonObject Detail(GroupResource resource, string name)
    {
        var details = new JsonObject();
        if (name.Length > 0)
            details["name"] = name;
        if (resource.Group.Length > 0)
            details["group"] = resource.Group;
        if (resource.Resource.Length > 0)
            details["kind"] = resource.Resource;
        return details;
    }
}
