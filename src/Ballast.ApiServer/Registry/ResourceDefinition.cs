using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Registry;

/// <summary>
/// Everything the server knows about a resource. Built-in resources make theirs in code, custom resources from their CRD; the
/// handlers see no difference. Immutable: a changed CRD makes new ones, one a version, as each version has its own schema and subresources.
/// </summary>
public sealed record ResourceDefinition
{
    public required string Group { get; init; }

    /// <summary>Plural, lower case: <c>pods</c>.</summary>
    public required string Resource { get; init; }

    public required string Singular { get; init; }

    public required string Kind { get; init; }

    public string ListKind { get => field ?? Kind + "List"; init; }

    public required bool Namespaced { get; init; }

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Discovery's verbs, in alphabetical order: <c>create,delete,deletecollection,get,list,patch,update,watch</c> or fewer.</summary>
    public required IReadOnlyList<string> Verbs { get; init; }

    /// <summary>The versions served, the preferred first.</summary>
    public required IReadOnlyList<ResourceVersion> Versions { get; init; }

    /// <summary>The version objects are stored in; of a custom resource it may be one that another definition serves, or none.</summary>
    public required string StorageVersion { get; init; }

    /// <summary>
    /// Where etcd keeps it, below <c>/registry/</c>: <c>pods</c>, <c>services/specs</c>, or <c>GROUP/PLURAL</c> for custom resources. Two
    /// definitions with one prefix are two views of the same objects (core and events.k8s.io events).
    /// </summary>
    public required string StoragePrefix { get; init; }

    public required IResourceStrategy Strategy { get; init; }

    /// <summary>By name: <c>status</c>, <c>scale</c>, <c>binding</c> …; in discovery's order.</summary>
    public IReadOnlyDictionary<string, Subresource> Subresources { get; init; } = new Dictionary<string, Subresource>();

    /// <summary>Field selectors beside <c>metadata.name</c> and <c>metadata.namespace</c>, each with how it reads from a stored document.</summary>
    public IReadOnlyDictionary<string, Func<JsonObject, string>> SelectableFields { get; init; } = new Dictionary<string, Func<JsonObject, string>>();

    /// <summary>What the resource's writes take and give back elsewhere; null where they touch nothing but the object.</summary>
    public IWriteEffects? Effects { get; init; }

    /// <summary>
    /// What answers the verbs of a resource that etcd does not hold: <see cref="ICreateSubresource"/> for reviews and bindings,
    /// <see cref="IComputedResource"/> for component statuses. Null where the objects are stored.
    /// </summary>
    public ISubresourceHandler? Virtual { get; init; }

    public GroupResource GroupResource => new(Group, Resource);

    public GroupKind GroupKind => new(Group, Kind);
}

/// <param name="Name"><c>v1</c>.</param>
/// <param name="Columns">What <c>kubectl get</c> shows.</param>
public sealed record ResourceVersion(string Name, ITableConvertor Columns)
{
    /// <summary>What OpenAPI calls the schema (<c>io.k8s.api.core.v1.Pod</c>); the catalog knows those of built-in kinds by it.</summary>
    public required string SchemaName { get; init; }

    /// <summary>A custom resource's schema; null for built-in kinds.</summary>
    public Schema? CustomSchema { get; init; }

    /// <summary>What an object of this version may be.</summary>
    public Schema Schema => CustomSchema ?? SchemaCatalog.BuiltIn[SchemaName];

    /// <summary>The Warning header every request to a deprecated version gets; null where it is not deprecated.</summary>
    public string? DeprecationWarning { get; init; }

    /// <summary>
    /// From the storage version into this one; null where only <c>apiVersion</c> differs. Its result for a stored object is kept with the object, so it depends on
    /// nothing else.
    /// </summary>
    public Func<JsonObject, JsonObject>? FromStorage { get; init; }

    /// <summary>From this version into the storage version; null where only <c>apiVersion</c> differs.</summary>
    public Func<JsonObject, JsonObject>? ToStorage { get; init; }
}

/// <summary>A path below an object. Discovery lists it; <see cref="Handler"/> serves it.</summary>
/// <param name="Name"><c>status</c>.</param>
/// <param name="Kind">The kind that goes in and out, and its group and version (<c>autoscaling/v1, Kind=Scale</c>).</param>
/// <param name="Verbs">In alphabetical order.</param>
/// <param name="Handler">What serves it.</param>
public sealed record Subresource(string Name, GroupVersionKind Kind, IReadOnlyList<string> Verbs, ISubresourceHandler Handler);

/// <summary>Marks what serves a subresource; see the interfaces that extend it.</summary>
public interface ISubresourceHandler;

/// <summary>
/// A subresource that is the object itself with some fields writable (<c>status</c>, <c>resize</c>, <c>approval</c> …): get, update and patch go the
/// way of the main resource, with this strategy in the place of the resource's own.
/// </summary>
public sealed record FieldSubresource(IResourceStrategy Strategy) : ISubresourceHandler;

/// <summary>A subresource with a document of its own kind, read from and written into the parent object: <c>scale</c>.</summary>
public interface IProjectedSubresource : ISubresourceHandler
{
    JsonObject Read(JsonObject parent);

    /// <summary>Writes <paramref name="value"/> into <paramref name="parent"/>, which then goes through the parent's own update.</summary>
    void Write(JsonObject parent, JsonObject value);

    /// <summary>Writes what <paramref name="value"/>, a configuration to apply, says into one of the parent; nothing where it leaves the field out.</summary>
    void WriteApplied(JsonObject parent, JsonObject value)
    {
        if (value["spec"] is JsonObject spec && spec["replicas"] is not null)
            Write(parent, value);
    }
}

/// <summary>A subresource that only takes a POST: <c>binding</c>, <c>eviction</c>, <c>token</c>.</summary>
public interface ICreateSubresource : ISubresourceHandler
{
    /// <summary>Carries it out on the object named by <paramref name="request"/>. Returns the answer's body (a Status for binding and eviction).</summary>
    /// <exception cref="StatusException">The failure, as the client gets it.</exception>
    Task<JsonObject> CreateAsync(ResourceRequest request, JsonObject body, CancellationToken cancel);
}

/// <summary>A subresource that is a connection to the object's process: <c>log</c>, <c>exec</c>, <c>attach</c>, <c>portforward</c>, <c>proxy</c>.</summary>
public interface IConnectSubresource : ISubresourceHandler
{
    /// <summary>Answers the whole request. <paramref name="path"/> is what follows the subresource's name in the URL, without the leading slash.</summary>
    /// <exception cref="StatusException">The failure, as the client gets it, where nothing was answered yet.</exception>
    Task ConnectAsync(HttpContext context, ResourceRequest request, string path, CancellationToken cancel);
}

/// <summary>A resource whose objects are made when they are asked for: <c>componentstatuses</c>.</summary>
public interface IComputedResource : ISubresourceHandler
{
    Task<IReadOnlyList<JsonObject>> ListAsync(CancellationToken cancel);

    /// <summary>Null where there is none of that name.</summary>
    Task<JsonObject?> GetAsync(string name, CancellationToken cancel);
}

/// <summary>A subresource that discovery lists but nothing in this server serves yet: every request to it is answered with 501.</summary>
public sealed record UnservedSubresource : ISubresourceHandler;
