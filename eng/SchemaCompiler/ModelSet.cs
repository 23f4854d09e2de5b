using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using k8s.Models;

namespace Ballast.SchemaCompiler;

/// <summary>
/// The model classes and their upstream OpenAPI names. The package keeps the version in a class's name and the group only on kinds; a type that
/// is part of kinds belongs to their group, and where kinds of several groups share it, to core, which is the group others borrow from.
/// </summary>
internal sealed partial class ModelSet
{
    private const string Meta = "io.k8s.apimachinery.pkg.apis.meta.v1.";

    private static readonly HashSet<string> MetaTypes =
    [
        "APIGroup", "APIGroupList", "APIResource", "APIResourceList", "APIVersions", "Condition", "DeleteOptions", "FieldSelectorRequirement",
        "GroupVersionForDiscovery", "LabelSelector", "LabelSelectorRequirement", "ListMeta", "ManagedFieldsEntry", "ObjectMeta", "OwnerReference",
        "Preconditions", "ServerAddressByClientCIDR", "ShardInfo", "Status", "StatusCause", "StatusDetails", "WatchEvent",
    ];

    // Of core, though only kinds of one other group use them.
    private static readonly HashSet<string> CoreTypes = ["TopologySelectorTerm", "TopologySelectorLabelRequirement"];

    private readonly Dictionary<string, Type> _types = [];
    private readonly Dictionary<Type, string> _names = [];

    public ModelSet()
    {
        var models = typeof(V1Pod).Assembly.GetExportedTypes()
            .Where(t => t is { Namespace: "k8s.Models", IsClass: true, IsAbstract: false, IsGenericType: false } && t != typeof(V1Patch) && Fields(t).Any())
            .ToHashSet();
        var groups = new Dictionary<Type, HashSet<string>>();
        foreach (var kind in models.Where(t => Entity(t) is not null))
            Reach(kind, Entity(kind)!.Group);
        foreach (var model in models)
        {
            if (NameOf(model, groups) is not { } name)
                continue;
            _types.Add(name, model);
            _names.Add(model, name);
        }

        void Reach(Type type, string group)
        {
            if (!models.Contains(type) || !(groups.TryGetValue(type, out var found) ? found : groups[type] = []).Add(group))
                return;
            foreach (var field in Fields(type))
            {
                var inner = Innermost(field.Property.PropertyType);
                if (Entity(inner) is null)
                    Reach(inner, group);
            }
        }
    }

    public IEnumerable<string> Names => _types.Keys;

    public Type this[string name] => _types[name];

    /// <summary>The schema name of a model class; null where it is no model.</summary>
    public string? Find(Type type) => _names.GetValueOrDefault(type);

    public static KubernetesEntityAttribute? Entity(Type type) => type.GetCustomAttribute<KubernetesEntityAttribute>();

    /// <summary>In the order of their JSON names, as upstream's documents have them.</summary>
    public static IEnumerable<(string Name, PropertyInfo Property)> Fields(Type type) =>
        type.GetProperties()
            .Select(p => (Name: p.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? "", Property: p))
            .Where(f => f.Name.Length > 0)
            .OrderBy(f => f.Name, StringComparer.Ordinal);

    private static Type Innermost(Type type) =>
        type.IsGenericType ? Innermost(type.GetGenericArguments()[^1]) : type;

    private static string? NameOf(Type type, Dictionary<Type, HashSet<string>> groups)
    {
        if (type == typeof(VersionInfo))
            return "io.k8s.apimachinery.pkg.version.Info";
        var match = ClassName().Match(type.Name);
        if (!match.Success)
            return null; // the metrics API's models, which this server does not serve
        var (version, name) = ("v" + match.Groups["version"].Value, match.Groups["name"].Value);
        if (version == "v1" && MetaTypes.Contains(name))
            return Meta + name;
        if (!groups.TryGetValue(type, out var users))
            throw new InvalidOperationException($"{type.Name}: no kind uses it; say in ModelSet where it belongs");
        var group = CoreTypes.Contains(name) ? ""
            : users.Count == 1 ? users.Single()
            : version == "v1" ? ""
            : users.Single(g => groups.Any(o => Entity(o.Key)?.Group == g && Entity(o.Key)!.ApiVersion == version));
        return $"{Package(group)}.{version}.{name}";
    }

    private static string Package(string group) => group switch
    {
        "" => "io.k8s.api.core",
        "apiextensions.k8s.io" => "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
        "apiregistration.k8s.io" => "io.k8s.kube-aggregator.pkg.apis.apiregistration",
        "flowcontrol.apiserver.k8s.io" => "io.k8s.api.flowcontrol",
        "internal.apiserver.k8s.io" => "io.k8s.api.apiserverinternal",
        "rbac.authorization.k8s.io" => "io.k8s.api.rbac",
        _ => "io.k8s.api." + group.Split('.')[0],
    };

    [GeneratedRegex("^(?:[A-Z][a-z]+)?[Vv](?<version>[0-9]+(?:(?:alpha|beta)[0-9]+)?)(?<name>.+)$")]
    private static partial Regex ClassName();
}
