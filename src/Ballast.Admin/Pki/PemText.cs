using System.Security.Cryptography;

namespace Ballast.Admin.Pki;

/// <summary>Texts of PEM blocks: bundles of certificates, or of public keys.</summary>
internal static class PemText
{
    /// <summary>The blocks, each with a newline at its end; what is between them is left out.</summary>
    /// <param name="text">The text.</param>
    /// <param name="label">How the label ends of those that are wanted: <c>PRIVATE KEY</c>.</param>
    public static IReadOnlyList<string> Blocks(string text, string label = "")
    {
        var blocks = new List<string>();
        for (var rest = text.AsSpan(); PemEncoding.TryFind(rest, out var block); rest = rest[block.Location.End..])
        {
            if (rest[block.Label].EndsWith(label, StringComparison.Ordinal))
                blocks.Add($"{rest[block.Location]}\n");
        }
        return blocks;
    }

    /// <summary>The blocks of both, each once.</summary>
    public static string Union(string first, string second) => string.Concat(Blocks(first).Concat(Blocks(second)).Distinct());
}
