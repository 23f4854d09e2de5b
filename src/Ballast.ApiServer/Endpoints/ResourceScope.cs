using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Endpoints;

/// <summary>A resource at the version a client speaks: the bridge between its documents and the stored ones.</summary>
public sealed record ResourceScope(IResourceStore Store, ResourceVersion Version)
{
    public ResourceDefinition Definition => Store.Definition;

    public GroupVersion GroupVersion => new(Definition.Group, Version.Name);

    public GroupVersionKind Kind => GroupVersion.WithKind(Definition.Kind);

    public BodyKind Body => new(Kind, Version.Schema, Version.CustomSchema is not null);

    /// <summary>True where the stored bytes are what a client of this version reads, which almost always they are.</summary>
    public bool IsStoredForm => Version.FromStorage is null && Version.Name == Definition.StorageVersion;

    /// <summary>The object's bytes in this version.</summary>
    public ReadOnlyMemory<byte> Encode(StoredObject stored) => IsStoredForm ? stored.Json : stored.FormFor(Version, s => Documents.Encode(Decode(s)));

    /// <summary>The object in this version, the caller's own.</summary>
    public JsonObject Decode(StoredObject stored)
    {
        var document = stored.ToDocument();
        return IsStoredForm ? document : FromStorage(document);
    }

    public JsonObject FromStorage(JsonObject document)
    {
        if (Version.FromStorage is { } convert)
            return convert(document);
        document["apiVersion"] = GroupVersion.ToString();
        return document;
    }

    public JsonObject ToStorage(JsonObject document)
    {
        if (Version.ToStorage is { } convert)
            return convert(document);
        if (Version.Name != Definition.StorageVersion)
            document["apiVersion"] = new GroupVersion(Definition.Group, Definition.StorageVersion).ToString();
        return document;
    }

    /// <summary>Below the resource's prefix in etcd.</summary>
    public string KeyOf(RequestInfo info) => Definition.Namespaced ? $"{info.Namespace}/{info.Name}" : info.Name;
}
