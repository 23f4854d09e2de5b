using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.OpenApi;
using Ballast.ApiMachinery.Schemas;
using Ballast.ApiServer.Discovery;
using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.OpenApi;

/// <summary>An encoded document and what identifies it.</summary>
public sealed record EncodedDocument(byte[] Bytes, string Hash)
{
    public static EncodedDocument Of(byte[] bytes) => new(bytes, OpenApiV3.Hash(bytes));
}

/// <summary>The OpenAPI documents of a set of definitions. Each is made when it is first asked for: most servers are never asked.</summary>
internal sealed class OpenApiDocuments
{
    private readonly Dictionary<GroupVersion, Lazy<EncodedDocument>> _documents;
    private readonly Lazy<EncodedDocument> _index;
    private readonly Lazy<EncodedDocument> _v2;
    private readonly Lazy<EncodedDocument> _v2Protobuf;

    public OpenApiDocuments(IReadOnlyList<ResourceDefinition> definitions)
    {
        Definitions = definitions;
        _documents = definitions
            .SelectMany(d => d.Versions.Select(v => (Version: new GroupVersion(d.Group, v.Name), Resource: ServedOf(d, v))))
            .GroupBy(p => p.Version, p => p.Resource)
            .ToDictionary(g => g.Key, g => new Lazy<EncodedDocument>(() =>
                EncodedDocument.Of(Documents.Encode(OpenApiV3.Document(g.Key, [.. g], KubernetesVersion.Git)))));
        _index = new(() => EncodedDocument.Of(Documents.Encode(OpenApiV3.Index(_documents.Select(d => (d.Key, (ReadOnlyMemory<byte>)d.Value.Value.Bytes))))));
        var v2 = new Lazy<System.Text.Json.Nodes.JsonObject>(() => OpenApiV2.Document(
            _documents.Values.Select(d => System.Text.Json.Nodes.JsonNode.Parse(d.Value.Bytes, null, JsonText.Stored)!.AsObject()), KubernetesVersion.Git));
        _v2 = new(() => EncodedDocument.Of(Documents.Encode(v2.Value)));
        _v2Protobuf = new(() => EncodedDocument.Of(OpenApiV2Protobuf.Encode(v2.Value)));
    }

    public IReadOnlyList<ResourceDefinition> Definitions { get; }

    public EncodedDocument Index => _index.Value;

    public EncodedDocument V2 => _v2.Value;

    public EncodedDocument V2Protobuf => _v2Protobuf.Value;

    /// <summary>Null where nothing is served at that version.</summary>
    public EncodedDocument? V3(GroupVersion version) => _documents.GetValueOrDefault(version)?.Value;

    private static ServedResource ServedOf(ResourceDefinition definition, ResourceVersion version)
    {
        var groupVersion = new GroupVersion(definition.Group, version.Name);
        return new()
        {
            Resource = definition.Resource,
            Kind = groupVersion.WithKind(definition.Kind),
            Namespaced = definition.Namespaced,
            Verbs = definition.Verbs,
            SchemaName = version.SchemaName,
            CustomSchema = version.CustomSchema,
            Subresources = [.. definition.Subresources.Values.Select(s => SubresourceOf(s, groupVersion, definition, version))],
        };
    }

    private static ServedSubresource SubresourceOf(Subresource subresource, GroupVersion groupVersion, ResourceDefinition definition, ResourceVersion version) =>
        subresource.Handler is FieldSubresource
            ? new(subresource.Name, groupVersion.WithKind(definition.Kind), version.SchemaName, subresource.Verbs)
            : new(subresource.Name, subresource.Kind, SchemaCatalog.BuiltIn.NameOf(subresource.Kind), subresource.Verbs);
}
