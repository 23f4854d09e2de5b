using System.Globalization;

namespace Ballast.ApiMachinery.Validation;

/// <summary>
/// Where in an object a field stands, in upstream's notation: <c>spec.containers[0].ports[1].name</c>, <c>metadata.labels[app]</c>.
/// Immutable; a path is cheap to extend and only turned into text when an error is reported.
/// </summary>
public sealed class FieldPath
{
    private readonly FieldPath? _parent;
    private readonly string _step;

    private FieldPath(FieldPath? parent, string step)
    {
        _parent = parent;
        _step = step;
    }

    /// <summary>The object itself; its text is empty.</summary>
    public static FieldPath Root { get; } = new(null, "");

    public static FieldPath Of(string field) => new(null, field);

    public FieldPath Child(string field) => this == Root ? Of(field) : new(this, "." + field);

    public FieldPath Child(string field, params ReadOnlySpan<string> more)
    {
        var path = Child(field);
        foreach (var next in more)
            path = path.Child(next);
        return path;
    }

    public FieldPath Index(int index) => new(this, string.Create(CultureInfo.InvariantCulture, $"[{index}]"));

    public FieldPath Key(string key) => new(this, $"[{key}]");

    public override string ToString() => _parent is null ? _step : _parent + _step;
}
