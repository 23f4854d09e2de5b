using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry;

/// <summary>Short forms in which the built-in resources' definitions are written.</summary>
internal static class BuiltIn
{
    private static readonly string[] StoredVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] FieldVerbs = ["get", "patch", "update"];

    public static ResourceDefinition Namespaced(string apiVersion, string resource, string kind, IResourceStrategy strategy, IReadOnlyList<Column> columns) =>
        Stored(apiVersion, resource, kind, true, strategy, columns);

    public static ResourceDefinition ClusterScoped(string apiVersion, string resource, string kind, IResourceStrategy strategy, IReadOnlyList<Column> columns) =>
        Stored(apiVersion, resource, kind, false, strategy, columns);

    /// <summary>A kind that is only posted and answered (reviews, bindings).</summary>
    public static ResourceDefinition Posted(string apiVersion, string resource, string kind, bool namespaced, ISubresourceHandler handler) =>
        Stored(apiVersion, resource, kind, namespaced, new ResourceStrategy(), [Column.ObjectName, Column.CreatedAt]) with { Verbs = ["create"], Virtual = handler };

    /// <summary>The name of a kind's schema in the catalog.</summary>
    public static string SchemaName(GroupVersion version, string kind) => version.Group switch
    {
        "" => $"io.k8s.api.core.{version.Version}.{kind}",
        "apiextensions.k8s.io" => $"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.{version.Version}.{kind}",
        "apiregistration.k8s.io" => $"io.k8s.kube-aggregator.pkg.apis.apiregistration.{version.Version}.{kind}",
        var group => $"io.k8s.api.{group.Split('.')[0]}.{version.Version}.{kind}",
    };

    extension(ResourceDefinition definition)
    {
        public ResourceDefinition WithShortNames(params string[] names) => definition with { ShortNames = names };

        /// <summary>In its one version, with this sentence in the Warning header.</summary>
        public ResourceDefinition Deprecated(string warning) =>
            definition with { Versions = [.. definition.Versions.Select(v => v with { DeprecationWarning = warning })] };

        /// <summary>Listed by <c>kubectl get all</c>.</summary>
        public ResourceDefinition InCategoryAll() => definition with { Categories = ["all"] };

        public ResourceDefinition WithCategory(string category) => definition with { Categories = [category] };

        /// <summary>Where etcd keeps it, where that is not the plural.</summary>
        public ResourceDefinition StoredUnder(string prefix) => definition with { StoragePrefix = prefix };

        public ResourceDefinition WithStatus() => definition.WithStatus(new StatusStrategy(definition.Strategy));

        /// <summary>A status that counts pods, and says which counts are parts of which.</summary>
        public ResourceDefinition WithStatus(string[] counts, params (string Part, string Whole, string Name)[] parts) =>
            definition.WithStatus(new CountsStatusStrategy(definition.Strategy, counts, parts));

        public ResourceDefinition WithStatus(IResourceStrategy strategy) => definition.WithFields("status", strategy, FieldVerbs);

        /// <summary>A subresource that is the object itself, with some fields writable.</summary>
        public ResourceDefinition WithFields(string name, IResourceStrategy strategy, params string[] verbs) =>
            definition.With(new Subresource(name, definition.OwnKind, verbs.Length == 0 ? FieldVerbs : verbs, new FieldSubresource(strategy)));

        public ResourceDefinition WithScale(IProjectedSubresource scale) =>
            definition.With(new Subresource("scale", new("autoscaling", "v1", "Scale"), FieldVerbs, scale));

        /// <summary>A subresource that takes a POST.</summary>
        public ResourceDefinition WithPost(string name, GroupVersionKind kind, ISubresourceHandler handler) =>
            definition.With(new Subresource(name, kind, ["create"], handler));

        /// <summary>A subresource that is a connection.</summary>
        public ResourceDefinition WithConnection(string name, string kind, ISubresourceHandler handler, params string[] verbs) =>
            definition.With(new Subresource(name, new("", "v1", kind), verbs, handler));

        public ResourceDefinition WithSelectableFields(params (string Field, Func<JsonObject, string> Read)[] fields) =>
            definition with { SelectableFields = fields.ToDictionary(f => f.Field, f => f.Read) };

        private GroupVersionKind OwnKind => new(definition.Group, definition.StorageVersion, definition.Kind);

        private ResourceDefinition With(Subresource subresource) => definition with
        {
            Subresources = new SortedDictionary<string, Subresource>(
                definition.Subresources.Values.Append(subresource).ToDictionary(s => s.Name), StringComparer.Ordinal),
        };
    }

    private static ResourceDefinition Stored(
        string apiVersion, string resource, string kind, bool namespaced, IResourceStrategy strategy, IReadOnlyList<Column> columns)
    {
        var version = GroupVersion.Parse(apiVersion);
        var schemaName = SchemaName(version, kind);
        return new()
        {
            Group = version.Group,
            Resource = resource,
            Singular = kind.ToLowerInvariant(),
            Kind = kind,
            Namespaced = namespaced,
            Verbs = StoredVerbs,
            Versions = [new ResourceVersion(version.Version, new TableConvertor(schemaName, columns)) { SchemaName = schemaName }],
            StorageVersion = version.Version,
            StoragePrefix = resource,
            Strategy = strategy,
        };
    }
}
