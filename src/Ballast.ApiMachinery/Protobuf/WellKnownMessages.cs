using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiMachinery.Protobuf;

/// <summary>Messages whose JSON form is not an object of their fields.</summary>
internal static class WellKnownMessages
{
    public static bool TryRead(string message, ReadOnlySpan<byte> bytes, out JsonNode? value)
    {
        switch (message)
        {
            case "meta.v1.Time":
                value = Time(bytes, KubernetesTime.Format);
                return true;
            case "meta.v1.MicroTime":
                value = Time(bytes, KubernetesTime.FormatMicro);
                return true;
            case "resource.Quantity":
                value = FirstText(bytes) ?? "0";
                return true;
            case "intstr.IntOrString":
                var (type, number, text) = ReadIntOrString(bytes);
                value = type == 1 ? text : number;
                return true;
            case "meta.v1.FieldsV1" or "runtime.RawExtension":
                value = Json(bytes);
                return true;
            default:
                value = null;
                return false;
        }
    }

    /// <summary>Null for the zero time, which an empty message stands for.</summary>
    private static JsonNode? Time(ReadOnlySpan<byte> bytes, Func<DateTimeOffset, string> format)
    {
        if (bytes.IsEmpty)
            return null;
        long seconds = 0, nanos = 0;
        var reader = new WireReader(bytes);
        while (reader.ReadTag())
        {
            if (reader is { Number: 1, WireType: 0 })
                seconds = (long)reader.ReadVarint();
            else if (reader is { Number: 2, WireType: 0 })
                nanos = (long)reader.ReadVarint();
            else
                reader.Skip();
        }
        const long LastSecond = 253402300799;
        return seconds is >= 0 and <= LastSecond && nanos is >= 0 and < 1_000_000_000
            ? format(DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanos / 100))
            : throw new FormatException("protobuf: a time is out of range");
    }

    private static (long Type, long Number, string Text) ReadIntOrString(ReadOnlySpan<byte> bytes)
    {
        var (type, number, text) = (0L, 0L, "");
        var reader = new WireReader(bytes);
        while (reader.ReadTag())
        {
            if (reader is { Number: 1, WireType: 0 })
                type = (long)reader.ReadVarint();
            else if (reader is { Number: 2, WireType: 0 })
                number = (long)reader.ReadVarint();
            else if (reader.Number == 3)
                text = reader.ReadText();
            else
                reader.Skip();
        }
        return (type, number, text);
    }

    private static string? FirstText(ReadOnlySpan<byte> bytes)
    {
        string? text = null;
        var reader = new WireReader(bytes);
        while (reader.ReadTag())
        {
            if (reader.Number == 1)
                text = reader.ReadText();
            else
                reader.Skip();
        }
        return text;
    }

    private static JsonNode? Json(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        JsonNode? value = null;
        while (reader.ReadTag())
        {
            if (reader.Number != 1)
            {
                reader.Skip();
                continue;
            }
            try
            {
                value = JsonText.Parse(reader.ReadBytes());
            }
            catch (FormatException invalid)
            {
                throw new FormatException("protobuf: embedded JSON cannot be read", invalid);
            }
        }
        return value;
    }
}
