using System.Text;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;

namespace Ballast.ApiServer.Registry;

/// <summary>Validates metadata, for every kind alike; rules and words are upstream's (<c>k8s.io/apimachinery/pkg/api/validation</c>).</summary>
internal static class MetadataValidation
{
    private const int AnnotationsLimit = 256 * 1024;
    private static readonly FieldPath Path = FieldPath.Of("metadata");

    public static IEnumerable<FieldError> Validate(JsonObject document, ResourceDefinition definition)
    {
        var metadata = document.Metadata;
        if (metadata.StringAt("generateName") is { Length: > 0 } prefix)
        {
            foreach (var problem in definition.Strategy.ValidateName(prefix, isPrefix: true))
                yield return FieldError.Invalid(Path.Child("generateName"), prefix, problem);
        }
        if (document.Name.Length == 0)
        {
            yield return FieldError.Required(Path.Child("name"), "name or generateName is required");
        }
        else
        {
            foreach (var problem in definition.Strategy.ValidateName(document.Name, isPrefix: false))
                yield return FieldError.Invalid(Path.Child("name"), document.Name, problem);
        }
        if (definition.Namespaced)
        {
            if (document.Namespace.Length == 0)
                yield return FieldError.Required(Path.Child("namespace"), "");
            else
                foreach (var problem in NameRules.DnsLabel(document.Namespace))
                    yield return FieldError.Invalid(Path.Child("namespace"), document.Namespace, problem);
        }
        else if (document.Namespace.Length > 0)
        {
            yield return FieldError.Forbidden(Path.Child("namespace"), "not allowed on this type");
        }
        foreach (var error in ValidateMaps(document).Concat(ValidateOwners(metadata)).Concat(ValidateFinalizers(document)))
            yield return error;
    }

    public static IEnumerable<FieldError> ValidateUpdate(JsonObject document, JsonObject old, ResourceDefinition definition)
    {
        foreach (var error in Validate(document, definition))
            yield return error;
        if (document.Uid != old.Uid)
            yield return FieldError.Invalid(Path.Child("uid"), document.Uid, "field is immutable");
        if (!old.IsBeingDeleted)
            yield break;
        var added = document.Finalizers.Except(old.Finalizers).Order(StringComparer.Ordinal).ToArray();
        if (added.Length > 0)
            yield return FieldError.Forbidden(Path.Child("finalizers"),
                $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{string.Join(", ", added.Select(f => $"\"{f}\""))}}}");
    }

    private static IEnumerable<FieldError> ValidateMaps(JsonObject document)
    {
        foreach (var (key, value) in document.Labels ?? [])
        {
            foreach (var problem in NameRules.QualifiedName(key))
                yield return FieldError.Invalid(Path.Child("labels"), key, problem);
            var text = value?.ToString() ?? "";
            foreach (var problem in NameRules.LabelValue(text))
                yield return FieldError.Invalid(Path.Child("labels"), text, problem);
        }
        var size = 0;
        foreach (var (key, value) in document.Annotations ?? [])
        {
            foreach (var problem in NameRules.QualifiedName(key.ToLowerInvariant()))
                yield return FieldError.Invalid(Path.Child("annotations"), key, problem);
            size += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value?.ToString() ?? "");
        }
        if (size > AnnotationsLimit)
            yield return FieldError.TooLong(Path.Child("annotations"), AnnotationsLimit);
    }

    private static IEnumerable<FieldError> ValidateOwners(JsonObject metadata)
    {
        if (metadata["ownerReferences"] is not JsonArray owners)
            yield break;
        var path = Path.Child("ownerReferences");
        string? controller = null;
        foreach (var owner in owners.OfType<JsonObject>())
        {
            var (version, kind, name) = (GroupVersion.Parse(owner.ApiVersion), owner.Kind, owner.StringAt("name") ?? "");
            if (version.Version.Length == 0)
                yield return FieldError.Invalid(path.Child("apiVersion"), owner.ApiVersion, "version must not be empty");
            if (kind.Length == 0)
                yield return FieldError.Invalid(path.Child("kind"), kind, "must not be empty");
            if (name.Length == 0)
                yield return FieldError.Invalid(path.Child("name"), name, "must not be empty");
            if ((owner.StringAt("uid") ?? "").Length == 0)
                yield return FieldError.Invalid(path.Child("uid"), "", "must not be empty");
            if (version is { Group: "", Version: "v1" } && kind == "Event")
                yield return FieldError.Invalid(path, owner, "/v1, Kind=Event is disallowed from being an owner");
            if (owner.BoolAt("controller") != true)
                continue;
            if (controller is not null)
                yield return FieldError.Invalid(path, owners,
                    $"Only one reference can have Controller set to true. Found \"true\" in references for {controller} and {name}");
            controller ??= name;
        }
    }

    private static IEnumerable<FieldError> ValidateFinalizers(JsonObject document)
    {
        var path = Path.Child("finalizers");
        var finalizers = document.Finalizers.ToArray();
        foreach (var finalizer in finalizers)
            foreach (var problem in NameRules.QualifiedName(finalizer))
                yield return FieldError.Invalid(path, finalizer, problem);
        if (finalizers.Contains(Deletion.OrphanFinalizer) && finalizers.Contains(Deletion.ForegroundFinalizer))
            yield return FieldError.Invalid(path, new JsonArray([.. finalizers.Select(f => (JsonNode)f)]),
                $"finalizers {Deletion.OrphanFinalizer} and {Deletion.ForegroundFinalizer} cannot be both set");
    }
}
