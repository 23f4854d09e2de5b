using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.OpenApi;

/// <summary>One resource of one group version, as far as OpenAPI tells of it.</summary>
public sealed record ServedResource
{
    /// <summary>Plural: <c>deployments</c>.</summary>
    public required string Resource { get; init; }

    public required GroupVersionKind Kind { get; init; }

    public required bool Namespaced { get; init; }

    /// <summary>Discovery's verbs.</summary>
    public required IReadOnlyList<string> Verbs { get; init; }

    /// <summary>The schema's OpenAPI name: upstream's, or for a custom resource the reversed group, version and kind (<c>com.example.v1.Thing</c>).</summary>
    public required string SchemaName { get; init; }

    /// <summary>The schema of a custom resource; null for a built-in type, which the catalog has.</summary>
    public Schema? CustomSchema { get; init; }

    public IReadOnlyList<ServedSubresource> Subresources { get; init; } = [];
}

/// <param name="Name"><c>status</c>, <c>scale</c> …</param>
/// <param name="Kind">What goes in and out.</param>
/// <param name="SchemaName">Its schema; null where it is not a document (<c>log</c>, <c>exec</c>, <c>proxy</c>).</param>
/// <param name="Verbs">Discovery's verbs.</param>
public sealed record ServedSubresource(string Name, GroupVersionKind Kind, string? SchemaName, IReadOnlyList<string> Verbs);
