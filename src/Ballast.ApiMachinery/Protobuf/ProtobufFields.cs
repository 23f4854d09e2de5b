using System.Collections.Frozen;
using System.Globalization;

namespace Ballast.ApiMachinery.Protobuf;

internal enum ProtobufType
{
    Text,
    Bytes,
    Integer,
    Flag,
    Double,
    Message,
}

/// <param name="Name">In JSON; empty where the message's fields stand in the parent's object.</param>
/// <param name="Type">Of the value, of the list's items, or of the map's values.</param>
/// <param name="Message">Which message, where it is one.</param>
/// <param name="IsList">May come more than once.</param>
/// <param name="IsMap">Entries with string keys.</param>
/// <param name="KeepsZero">Zero is a value a client gave, not the absence of one.</param>
internal sealed record ProtobufField(string Name, ProtobufType Type, string Message, bool IsList, bool IsMap, bool KeepsZero);

/// <summary>
/// The field numbers of the built-in types' protobuf form (<c>fields.txt</c>, embedded). A line is a message, <c>number:name:type</c> a field: <c>s</c> text,
/// <c>y</c> bytes, <c>i</c> integer, <c>b</c> bool, <c>d</c> double, <c>@message</c>; <c>[]</c> a list, <c>{}</c> a map; a <c>?</c> after it keeps zeros.
/// </summary>
internal static class ProtobufFields
{
    private static readonly Lazy<FrozenDictionary<string, FrozenDictionary<int, ProtobufField>>> Table = new(Load);

    /// <summary>Null where the type has no protobuf form here.</summary>
    public static FrozenDictionary<int, ProtobufField>? Of(string message) => Table.Value.GetValueOrDefault(message);

    public static IEnumerable<string> Messages => Table.Value.Keys;

    private static FrozenDictionary<string, FrozenDictionary<int, ProtobufField>> Load()
    {
        using var stream = typeof(ProtobufFields).Assembly.GetManifestResourceStream("Ballast.ApiMachinery.Protobuf.fields.txt")!;
        using var reader = new StreamReader(stream);
        var table = new Dictionary<string, FrozenDictionary<int, ProtobufField>>();
        while (reader.ReadLine() is { } line)
        {
            var parts = line.Split(' ');
            table[parts[0]] = parts[1..].Select(p => p.Split(':')).ToFrozenDictionary(p => int.Parse(p[0], CultureInfo.InvariantCulture), p => Field(p[1], p[2]));
        }
        return table.ToFrozenDictionary();
    }

    private static ProtobufField Field(string name, string type)
    {
        var keepsZero = type.EndsWith('?');
        type = type.TrimEnd('?');
        var isList = type.StartsWith("[]", StringComparison.Ordinal);
        var isMap = type.StartsWith("{}", StringComparison.Ordinal);
        var value = isList || isMap ? type[2..] : type;
        return value[0] == '@'
            ? new(name, ProtobufType.Message, value[1..], isList, isMap, keepsZero)
            : new(name, ScalarType(value), "", isList, isMap, keepsZero);
    }

    private static ProtobufType ScalarType(string code) => code switch
    {
        "s" => ProtobufType.Text,
        "y" => ProtobufType.Bytes,
        "i" => ProtobufType.Integer,
        "b" => ProtobufType.Flag,
        "d" => ProtobufType.Double,
        _ => throw new FormatException($"unknown type \"{code}\" in the table of protobuf fields"),
    };
}
