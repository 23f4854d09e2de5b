using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiServer.Endpoints;

/// <summary>What a request's body has to be.</summary>
/// <param name="Kind">Its apiVersion and kind.</param>
/// <param name="Schema">Its fields.</param>
/// <param name="IsCustom">Is it a custom resource?</param>
public sealed record BodyKind(GroupVersionKind Kind, Schema Schema, bool IsCustom)
{
    // A custom resource's own types are for validation, which names every field that is wrong.
    private static readonly Schema Envelope = SchemaReader.ReadCustomResource([]);

    /// <summary>The types that are right before anything else is looked at.</summary>
    public Schema DecodedTypes => IsCustom ? Envelope : Schema;

    /// <exception cref="StatusException">NotImplemented: no built-in kind of that name.</exception>
    public static BodyKind BuiltIn(GroupVersionKind kind) =>
        new(kind, SchemaCatalog.BuiltIn.Find(kind) ?? throw StatusException.NotImplemented($"{kind} is not known to this server"), false);
}
