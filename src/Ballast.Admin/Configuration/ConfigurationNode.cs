using Ballast.Admin.Clusters;
using Ballast.ComponentBase.Commands;
using YamlDotNet.RepresentationModel;

namespace Ballast.Admin.Configuration;

/// <summary>
/// A mapping of a configuration file. It remembers which of its fields were asked for: whatever is left in the end is a field that is not supported, and is
/// refused by its path, because a setting that is not honoured must not look as if it were.
/// </summary>
internal sealed class ConfigurationNode(string file, string path, YamlMappingNode? node)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<ConfigurationNode> _children = [];

    public bool IsPresent => node is not null;

    /// <summary>Null where it is not there, or null.</summary>
    public string? Text(string name) => Value(name) switch
    {
        null => null,
        YamlScalarNode { Value: null or "" or "null" or "~" } => null,
        YamlScalarNode scalar => scalar.Value,
        var other => throw Wrong(name, "should be a plain value", other),
    };

    public string Text(string name, string otherwise) => Text(name) ?? otherwise;

    /// <summary>One of a few values, for fields that allow no other choice here.</summary>
    public string OneOf(string name, string otherwise, params ReadOnlySpan<string> allowed)
    {
        var value = Text(name, otherwise);
        return value == otherwise || allowed.Contains(value) ? value
            : throw Wrong(name, $"is \"{value}\", and should be {string.Join(" or ", [otherwise, .. allowed])}", Value(name)!);
    }

    public bool Flag(string name) => Text(name) switch
    {
        null or "false" => false,
        "true" => true,
        var other => throw Wrong(name, $"is \"{other}\", and should be true or false", Value(name)!),
    };

    public IReadOnlyList<string> Texts(string name) => [.. Items(name).Select(i => i is YamlScalarNode { Value: { } text } ? text : throw Wrong(name, "should be a list of plain values", i))];

    public ConfigurationNode Child(string name) => Remember(new(file, PathOf(name), Value(name) switch
    {
        null or YamlScalarNode { Value: null or "" or "null" or "~" } => null,
        YamlMappingNode mapping => mapping,
        var other => throw Wrong(name, "should be a mapping", other),
    }));

    public IReadOnlyList<ConfigurationNode> Children(string name) =>
        [.. Items(name).Select((item, i) => Remember(new(file, $"{PathOf(name)}[{i}]", item as YamlMappingNode ?? throw Wrong(name, "should be a list of mappings", item))))];

    /// <summary>The list of <c>name</c> and <c>value</c> that kubeadm gives a component's flags in.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Arguments(string name) => [.. Children(name).Select(a => KeyValuePair.Create(a.Required("name"), a.Text("value", "")))];

    public string Required(string name) => Text(name) ?? throw new ClusterException($"{file}: {PathOf(name)} is missing", 2);

    /// <summary>Fields of kubeadm's that say nothing to Ballast and change nothing: images are not pulled, for instance.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            _known.Add(name);
    }

    /// <exception cref="ClusterException">Here or below is a field that nobody asked for.</exception>
    public void RefuseTheRest()
    {
        foreach (var key in node?.Children.Keys ?? [])
        {
            var name = key.ToString();
            if (_known.Contains(name))
                continue;
            var nearest = CommandLine.Nearest(name, _known);
            throw Wrong(name, nearest is null ? $"is not supported; supported are {string.Join(", ", _known.Order(StringComparer.Ordinal))}" : $"is not a field, did you mean {PathOf(nearest)}?", key);
        }
        _children.ForEach(c => c.RefuseTheRest());
    }

    public ClusterException Wrong(string name, string what) => Wrong(name, what, Value(name) ?? node!);

    private ClusterException Wrong(string name, string what, YamlNode where) => new($"{file}, line {where.Start.Line}: {PathOf(name)} {what}", 2);

    private string PathOf(string name) => path.Length == 0 ? name : $"{path}.{name}";

    private YamlNode? Value(string name)
    {
        _known.Add(name);
        return node is not null && node.Children.TryGetValue(new YamlScalarNode(name), out var value) ? value : null;
    }

    private IEnumerable<YamlNode> Items(string name) => Value(name) switch
    {
        null or YamlScalarNode { Value: null or "" or "null" or "~" } => [],
        YamlSequenceNode sequence => sequence.Children,
        var other => throw Wrong(name, "should be a list", other),
    };

    private ConfigurationNode Remember(ConfigurationNode child)
    {
        _children.Add(child);
        return child;
    }
}
