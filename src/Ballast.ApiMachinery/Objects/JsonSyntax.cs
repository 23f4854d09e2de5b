using System.Globalization;
using System.Text;

namespace Ballast.ApiMachinery.Objects;

/// <summary>What is wrong with a text that is not JSON, in the words of Go's scanner, which is what people search for: <c>invalid character 'g' looking for beginning of value</c>.</summary>
public static class JsonSyntax
{
    /// <summary>Null where nothing is wrong.</summary>
    public static string? FirstError(ReadOnlySpan<byte> json)
    {
        var levels = new Stack<byte>();
        var at = 0;
        var expects = Expect.Value;
        while (true)
        {
            while (at < json.Length && json[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
                at++;
            if (at == json.Length)
                return expects == Expect.End && levels.Count == 0 ? null : "unexpected end of JSON input";
            var c = json[at];
            switch (expects)
            {
                case Expect.End when levels.Count == 0:
                    return Invalid(c, "after top-level value");
                case Expect.End when c == levels.Peek():
                    levels.Pop();
                    at++;
                    break;
                case Expect.End when c == ',':
                    at++;
                    expects = levels.Peek() == '}' ? Expect.Key : Expect.Value;
                    break;
                case Expect.End:
                    return Invalid(c, levels.Peek() == '}' ? "after object key:value pair" : "after array element");
                case Expect.FirstKey when c == '}':
                case Expect.FirstValue when c == ']':
                    levels.Pop();
                    at++;
                    expects = Expect.End;
                    break;
                case Expect.FirstKey or Expect.Key when c == '"':
                    if (StringError(json, ref at) is { } inKey)
                        return inKey;
                    while (at < json.Length && json[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
                        at++;
                    if (at == json.Length)
                        return "unexpected end of JSON input";
                    if (json[at] != ':')
                        return Invalid(json[at], "after object key");
                    at++;
                    expects = Expect.Value;
                    break;
                case Expect.FirstKey or Expect.Key:
                    return Invalid(c, "looking for beginning of object key string");
                case var _ when c is (byte)'{' or (byte)'[':
                    if (levels.Count == JsonText.MaxDepth)
                        return "exceeded max depth";
                    levels.Push(c == '{' ? (byte)'}' : (byte)']');
                    at++;
                    expects = c == '{' ? Expect.FirstKey : Expect.FirstValue;
                    break;
                default:
                    if (ScalarError(json, ref at) is { } inScalar)
                        return inScalar;
                    expects = Expect.End;
                    break;
            }
        }
    }

    private static string? ScalarError(ReadOnlySpan<byte> json, ref int at) => json[at] switch
    {
        (byte)'"' => StringError(json, ref at),
        (byte)'t' => LiteralError(json, "true", ref at),
        (byte)'f' => LiteralError(json, "false", ref at),
        (byte)'n' => LiteralError(json, "null", ref at),
        (byte)'-' or (>= (byte)'0' and <= (byte)'9') => NumberError(json, ref at),
        var other => Invalid(other, "looking for beginning of value"),
    };

    private static string? StringError(ReadOnlySpan<byte> json, ref int at)
    {
        for (at++; at < json.Length; at++)
        {
            switch (json[at])
            {
                case (byte)'"':
                    at++;
                    return null;
                case < 0x20:
                    return Invalid(json[at], "in string literal");
                case (byte)'\\':
                    if (++at == json.Length)
                        return "unexpected end of JSON input";
                    if (!"bfnrt\\/\"u"u8.Contains(json[at]))
                        return Invalid(json[at], "in string escape code");
                    if (json[at] != 'u')
                        break;
                    for (var end = at + 4; at < end;)
                    {
                        if (++at == json.Length)
                            return "unexpected end of JSON input";
                        if (!char.IsAsciiHexDigit((char)json[at]))
                            return Invalid(json[at], "in \\u hexadecimal character escape");
                    }
                    break;
            }
        }
        return "unexpected end of JSON input";
    }

    private static string? LiteralError(ReadOnlySpan<byte> json, string literal, ref int at)
    {
        for (var i = 0; i < literal.Length; i++, at++)
        {
            if (at == json.Length)
                return "unexpected end of JSON input";
            if (json[at] != literal[i])
                return Invalid(json[at], $"in literal {literal} (expecting '{literal[i]}')");
        }
        return null;
    }

    private static string? NumberError(ReadOnlySpan<byte> json, ref int at)
    {
        if (json[at] == '-' && Digit(json, ref at, "in numeric literal", step: true) is { } afterMinus)
            return afterMinus;
        if (json[at] == '0')
            at++;
        else
            Digits(json, ref at);
        if (at < json.Length && json[at] == '.')
        {
            if (Digit(json, ref at, "after decimal point in numeric literal", step: true) is { } afterPoint)
                return afterPoint;
            Digits(json, ref at);
        }
        if (at < json.Length && json[at] is (byte)'e' or (byte)'E')
        {
            at++;
            if (at < json.Length && json[at] is (byte)'+' or (byte)'-')
                at++;
            if (Digit(json, ref at, "in exponent of numeric literal", step: false) is { } inExponent)
                return inExponent;
            Digits(json, ref at);
        }
        return null;
    }

    private static string? Digit(ReadOnlySpan<byte> json, ref int at, string where, bool step)
    {
        if (step)
            at++;
        if (at == json.Length)
            return "unexpected end of JSON input";
        return char.IsAsciiDigit((char)json[at]) ? null : Invalid(json[at], where);
    }

    private static void Digits(ReadOnlySpan<byte> json, ref int at)
    {
        while (at < json.Length && char.IsAsciiDigit((char)json[at]))
            at++;
    }

    private static string Invalid(byte c, string where) => $"invalid character {Quoted(c)} {where}";

    private static string Quoted(byte c) => c switch
    {
        (byte)'\'' => @"'\''",
        (byte)'\\' => @"'\\'",
        (byte)'\n' => @"'\n'",
        (byte)'\r' => @"'\r'",
        (byte)'\t' => @"'\t'",
        < 0x20 or 0x7f => $"'\\x{c:x2}'",
        // Go prints the byte as the character of that number.
        _ => string.Create(CultureInfo.InvariantCulture, $"'{new Rune(c)}'"),
    };

    private enum Expect
    {
        Value,
        FirstValue,
        FirstKey,
        Key,
        End,
    }
}
