using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Endpoints;

/// <summary>Where a paged list goes on. The form is upstream's, so that a client may turn to the other implementation between two pages.</summary>
/// <param name="Version">The revision of the first page; -1 goes on with the newest there is, when that revision is gone.</param>
/// <param name="StartKey">First key not yet sent, below the resource's prefix or the namespace's.</param>
public readonly record struct ContinueToken(long Version, string StartKey)
{
    private const string Format = "meta.k8s.io/v1";

    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <exception cref="StatusException">BadRequest: not a token of this form.</exception>
    public static ContinueToken Parse(string text)
    {
        try
        {
            var token = RequestBody.Decode(Decode(text), BodyFormat.Json).Document as JsonObject ?? throw new FormatException("not an object");
            if (token.StringAt("v") != Format)
                throw new FormatException($"server does not recognize this encoded version {token.StringAt("v")}");
            var version = token.LongAt("rv") ?? 0;
            if (version == 0)
                throw new FormatException("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
            var start = token.StringAt("start") ?? "";
            if (start.Length == 0)
                throw new FormatException("encoded start key empty (version meta.k8s.io/v1)");
            // A key is put together from this: it must not lead out of its folder.
            if (start.Split('/').Any(step => step is "." or ".."))
                throw new FormatException($"invalid start key \"{start}\"");
            return new(version, start);
        }
        catch (FormatException failure)
        {
            throw StatusException.BadRequest($"invalid continue token: continue key is not valid: {failure.Message}");
        }
    }

    private static byte[] Decode(string text)
    {
        if (Base64Url.IsValid(text))
            return Base64Url.DecodeFromChars(text);
        var wrong = text.AsSpan().IndexOfAnyExcept(Alphabet);
        throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"illegal base64 data at input byte {(wrong < 0 ? text.Length : wrong)}"));
    }

    public override string ToString() =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(new JsonObject { ["v"] = Format, ["rv"] = Version, ["start"] = StartKey }.ToJsonString()));
}
