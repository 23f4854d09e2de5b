using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ballast.ApiMachinery.Objects;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Ballast.ApiMachinery.Yaml;

/// <summary>What a scalar means: what its tag says, a string where it is quoted, else what it looks like.</summary>
internal static partial class YamlScalar
{
    public static JsonNode? Resolve(Scalar scalar)
    {
        var text = scalar.Value;
        if (!scalar.Tag.IsEmpty && !scalar.Tag.IsNonSpecific)
        {
            return scalar.Tag.Value switch
            {
                "tag:yaml.org,2002:str" or "tag:yaml.org,2002:binary" or "tag:yaml.org,2002:timestamp" => JsonValue.Create(text),
                "tag:yaml.org,2002:float" when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => Finite(number, text),
                _ => ResolvePlain(text),
            };
        }
        return scalar.Style == ScalarStyle.Plain ? ResolvePlain(text) : JsonValue.Create(text);
    }

    private static JsonValue? ResolvePlain(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return null;
            case "y" or "Y" or "yes" or "Yes" or "YES" or "true" or "True" or "TRUE" or "on" or "On" or "ON":
                return JsonValue.Create(true);
            case "n" or "N" or "no" or "No" or "NO" or "false" or "False" or "FALSE" or "off" or "Off" or "OFF":
                return JsonValue.Create(false);
            case ".nan" or ".NaN" or ".NAN" or ".inf" or ".Inf" or ".INF" or "+.inf" or "+.Inf" or "+.INF" or "-.inf" or "-.Inf" or "-.INF":
                throw Unsupported(text);
        }
        // Most scalars are words: a number starts with one of these.
        if (!char.IsAsciiDigit(text[0]) && text[0] is not ('+' or '-' or '.'))
            return JsonValue.Create(text);
        var plain = text.Replace("_", "", StringComparison.Ordinal);
        if (TryInteger(plain, out var integer))
            return integer;
        return FloatShape().IsMatch(plain) ? Finite(double.Parse(plain, NumberStyles.Float, CultureInfo.InvariantCulture), text) : JsonValue.Create(text);
    }

    // With YAML 1.1's leading zero for octal numbers, which file modes rely on.
    private static bool TryInteger(string text, out JsonValue? value)
    {
        var negative = text[0] == '-';
        var digits = text.TrimStart('+', '-');
        value = null;
        if (text.Length - digits.Length > 1 || digits.Length == 0)
            return false;
        var (style, start) = digits switch
        {
            ['0', 'x' or 'X', ..] => (16, 2),
            ['0', 'b' or 'B', ..] => (2, 2),
            ['0', 'o' or 'O', ..] => (8, 2),
            ['0', _, ..] => (8, 1),
            _ => (10, 0),
        };
        UInt128 magnitude = 0;
        foreach (var c in digits.AsSpan(start))
        {
            var digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : style;
            if (digit >= style)
                return false;
            magnitude = magnitude * (uint)style + (uint)digit;
            if (magnitude > ulong.MaxValue)
                return false;
        }
        if (digits.Length == start)
            return false;
        if (negative && magnitude > (UInt128)long.MaxValue + 1)
            return false;
        value = negative ? JsonValue.Create((long)-(Int128)magnitude)
            : magnitude <= long.MaxValue ? JsonValue.Create((long)magnitude) : JsonValue.Create((ulong)magnitude);
        return true;
    }

    private static JsonValue Finite(double number, string text) => double.IsFinite(number) ? JsonValue.Create(number) : throw Unsupported(text);

    private static StatusException Unsupported(string text) =>
        StatusException.BadRequest($"error converting YAML to JSON: json: unsupported value: {text}");

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex FloatShape();
}
