using System.Globalization;

namespace Ballast.ApiMachinery.Schemas;

/// <summary>Where a value stands, as strict decoding prints it: <c>spec.containers[0].name</c>. Text is only made for an error.</summary>
internal sealed class DocumentPath
{
    private readonly DocumentPath? _parent;
    private readonly string? _field;
    private readonly Func<string>? _item;
    private readonly int _index;

    private DocumentPath(DocumentPath? parent, string? field, Func<string>? item, int index) => (_parent, _field, _item, _index) = (parent, field, item, index);

    public static DocumentPath Root { get; } = new(null, null, null, 0);

    public DocumentPath Child(string field) => new(this, field, null, 0);

    public DocumentPath Index(int index) => new(this, null, null, index);

    /// <param name="item">Makes what tells the list's item from the others, as it is printed: <c>[name="a"]</c>.</param>
    public DocumentPath Item(Func<string> item) => new(this, null, item, 0);

    public override string ToString()
    {
        if (_parent is null)
            return "";
        var before = _parent.ToString();
        if (_item is not null)
            return before + _item();
        if (_field is null)
            return string.Create(CultureInfo.InvariantCulture, $"{before}[{_index}]");
        return before.Length == 0 ? _field : before + "." + _field;
    }

    /// <summary>Fields only, as decoding errors print it: <c>spec.containers.name</c>.</summary>
    public string Fields()
    {
        if (_parent is null)
            return "";
        var before = _parent.Fields();
        return _field is null ? before : before.Length == 0 ? _field : before + "." + _field;
    }
}
