using System.Text;
using CsCheck;

namespace Ballast.ApiMachinery.Tests.Fuzz;

/// <summary>Bytes that are almost right: a seed with some of it cut, doubled, turned over, or mixed with another seed and with what decoders stumble over.</summary>
internal static class Mutations
{
    private static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "{", "}", "[", "]", "\"", ":", ",", "\\", "\\u0000", "\\ud800", "null", "true", "-", "0", "1e400", "9223372036854775808", "-0.0", "0x10",
            "$patch", "$setElementOrder/containers", "$deleteFromPrimitiveList/finalizers", "$retainKeys", "replace", "delete", "merge",
            "f:", "k:{\"name\":\"a\"}", "v:1", "i:0", ".", "~0", "~1", "/-", "/0", "*a", "&a", "!!binary", "---", "<<: ", "|", ">", "#", "\n", "\t", "  ",
            "in (", "notin", "!=", "==", "!", ")", "=", "name", "metadata", "\u00e9", "\u2028", "\U0001F600",
        }.Select(Encoding.UTF8.GetBytes),
        [0x00], [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
    ];

    private static readonly Gen<int> Place = Gen.Int[0, 1 << 20];

    /// <summary>A seed after one to eight changes.</summary>
    public static Gen<byte[]> Of(params string[] seeds)
    {
        var seed = OneOf([.. seeds.Select(Encoding.UTF8.GetBytes)]);
        return Gen.Select(seed, Change(seed).Array[1, 8]).Select((start, changes) => changes.Aggregate(start, (bytes, change) => change(bytes)));
    }

    /// <summary>The same as text; what is no UTF-8 becomes U+FFFD.</summary>
    public static Gen<string> TextOf(params string[] seeds) => Of(seeds).Select(Encoding.UTF8.GetString);

    private static Gen<Func<byte[], byte[]>> Change(Gen<byte[]> other) => Gen.OneOf<Func<byte[], byte[]>>(
        Gen.Select(Place, OneOf(Tokens)).Select<int, byte[], Func<byte[], byte[]>>((at, token) => bytes => Splice(bytes, at, at, token)),
        Gen.Select(Place, Place, OneOf(Tokens)).Select<int, int, byte[], Func<byte[], byte[]>>((from, to, token) => bytes => Splice(bytes, from, to, token)),
        Gen.Select(Place, Place).Select<int, int, Func<byte[], byte[]>>((from, to) => bytes => Splice(bytes, from, to, [])),
        Gen.Select(Place, Gen.Byte).Select<int, byte, Func<byte[], byte[]>>((at, value) => bytes => Splice(bytes, at, at + 1, [value])),
        Gen.Select(Place, Place, Place).Select<int, int, int, Func<byte[], byte[]>>((from, to, at) => bytes => Splice(bytes, at, at, Part(bytes, from, to))),
        Gen.Select(Place, Place, Place, other).Select<int, int, int, byte[], Func<byte[], byte[]>>((from, to, at, source) => bytes => Splice(bytes, at, at, Part(source, from, to))));

    private static Gen<byte[]> OneOf(byte[][] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static byte[] Part(byte[] bytes, int from, int to)
    {
        var (start, end) = Range(bytes, from, to);
        return bytes[start..end];
    }

    private static byte[] Splice(byte[] bytes, int from, int to, byte[] middle)
    {
        var (start, end) = Range(bytes, from, to);
        return [.. bytes[..start], .. middle, .. bytes[end..]];
    }

    private static (int Start, int End) Range(byte[] bytes, int from, int to)
    {
        var (a, b) = (from % (bytes.Length + 1), to % (bytes.Length + 1));
        return (Math.Min(a, b), Math.Max(a, b));
    }
}
