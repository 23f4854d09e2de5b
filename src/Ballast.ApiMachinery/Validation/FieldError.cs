using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiMachinery.Validation;

/// <summary>The reasons a field is refused for, as <c>Status.details.causes[].reason</c> carries them.</summary>
public enum FieldErrorType
{
    NotFound,
    Required,
    Duplicate,
    Invalid,
    NotSupported,
    Forbidden,
    TooLong,
    TooMany,
    InternalError,
    TypeInvalid,
}

/// <summary>
/// One thing wrong with one field. The texts are upstream's (<c>k8s.io/apimachinery/pkg/util/validation/field</c>):
/// clients and people search for them.
/// </summary>
public sealed record FieldError(FieldErrorType Type, string Field, string Message)
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = JsonText.StoredDepth };

    /// <summary>The cause's <c>reason</c>: <c>FieldValueRequired</c> and its kin.</summary>
    public string Reason => Type switch
    {
        FieldErrorType.NotFound => "FieldValueNotFound",
        FieldErrorType.Required => "FieldValueRequired",
        FieldErrorType.Duplicate => "FieldValueDuplicate",
        FieldErrorType.Invalid => "FieldValueInvalid",
        FieldErrorType.NotSupported => "FieldValueNotSupported",
        FieldErrorType.Forbidden => "FieldValueForbidden",
        FieldErrorType.TooLong => "FieldValueTooLong",
        FieldErrorType.TooMany => "FieldValueTooMany",
        FieldErrorType.TypeInvalid => "FieldValueTypeInvalid",
        _ => "InternalError",
    };

    public static FieldError Required(FieldPath path, string detail) => Make(FieldErrorType.Required, path, "Required value", detail);

    public static FieldError Invalid(FieldPath path, object? value, string detail) =>
        Make(FieldErrorType.Invalid, path, $"Invalid value: {Quote(value)}", detail);

    /// <summary>Without the value.</summary>
    public static FieldError Invalid(FieldPath path, string detail) => Make(FieldErrorType.Invalid, path, "Invalid value", detail);

    public static FieldError TypeInvalid(FieldPath path, object? value, string detail) =>
        Make(FieldErrorType.TypeInvalid, path, $"Invalid value: {Quote(value)}", detail);

    public static FieldError Duplicate(FieldPath path, object? value) =>
        Make(FieldErrorType.Duplicate, path, $"Duplicate value: {Quote(value)}", "");

    public static FieldError NotFound(FieldPath path, object? value) =>
        Make(FieldErrorType.NotFound, path, $"Not found: {Quote(value)}", "");

    public static FieldError Forbidden(FieldPath path, string detail) => Make(FieldErrorType.Forbidden, path, "Forbidden", detail);

    /// <param name="path">The field.</param>
    /// <param name="value">What it holds.</param>
    /// <param name="supported">What it may hold; printed in the order given, quoted.</param>
    public static FieldError NotSupported(FieldPath path, object? value, params IEnumerable<string> supported) =>
        Make(FieldErrorType.NotSupported, path, $"Unsupported value: {Quote(value)}",
            supported.Any() ? "supported values: " + string.Join(", ", supported.Select(s => $"\"{s}\"")) : "");

    public static FieldError TooLong(FieldPath path, int maxBytes) =>
        Make(FieldErrorType.TooLong, path, "Too long", string.Create(CultureInfo.InvariantCulture, $"may not be more than {maxBytes} bytes"));

    public static FieldError TooMany(FieldPath path, int actual, int max) =>
        Make(FieldErrorType.TooMany, path, string.Create(CultureInfo.InvariantCulture, $"Too many: {actual}"),
            string.Create(CultureInfo.InvariantCulture, $"must have at most {max} items"));

    public static FieldError Internal(FieldPath path, string detail) => Make(FieldErrorType.InternalError, path, "Internal error", detail);

    /// <summary>As it stands in a Status message: <c>spec.replicas: Invalid value: -1: must be …</c>.</summary>
    public override string ToString() => Field.Length == 0 ? Message : $"{Field}: {Message}";

    private static FieldError Make(FieldErrorType type, FieldPath path, string summary, string detail) =>
        new(type, path.ToString(), detail.Length == 0 ? summary : $"{summary}: {detail}");

    private static string Quote(object? value) => value switch
    {
        null => "null",
        string text => JsonSerializer.Serialize(text, Plain),
        bool flag => flag ? "true" : "false",
        JsonNode node => node.ToJsonString(Plain),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => JsonSerializer.Serialize(value, Plain),
    };
}
