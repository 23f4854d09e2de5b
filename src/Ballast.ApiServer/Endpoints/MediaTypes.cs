using System.Globalization;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Protobuf;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Endpoints;

/// <summary>How an answer's bytes are written.</summary>
public enum WireFormat
{
    Json,
    Yaml,
}

/// <summary>In which shape objects are shown.</summary>
public enum ObjectShape
{
    /// <summary>As they are.</summary>
    Full,
    Table,
    PartialObjectMetadata,
}

/// <param name="Format">The bytes.</param>
/// <param name="Shape">What they say.</param>
/// <param name="ShapeVersion"><c>v1</c> or <c>v1beta1</c> of <c>meta.k8s.io</c>; empty for full objects.</param>
public readonly record struct AcceptedMedia(WireFormat Format, ObjectShape Shape, string ShapeVersion);

/// <summary>Content negotiation, as upstream does it: the client's order and weights decide, and what is not served is refused with the list of what is.</summary>
public static class MediaTypes
{
    public const string Json = "application/json";
    public const string Yaml = "application/yaml";
    public const string JsonPatch = "application/json-patch+json";
    public const string MergePatch = "application/merge-patch+json";
    public const string StrategicMergePatch = "application/strategic-merge-patch+json";
    public const string ApplyPatch = "application/apply-patch+yaml";

    private static readonly string[] Served = [Json, Yaml];

    /// <exception cref="StatusException">NotAcceptable: none of the Accept header's types is served.</exception>
    public static AcceptedMedia Negotiate(HttpRequest request, bool shapes = true)
    {
        var header = request.Headers.Accept;
        // The one Accept header that client libraries send most, without taking it apart.
        if (header.Count == 0 || (header.Count == 1 && header[0] is null or "" or Json or "*/*" or "application/json, */*"))
            return default;

        foreach (var (type, parameters) in Ordered(header.ToString()))
        {
            WireFormat format;
            switch (type)
            {
                case Json or "*/*" or "application/*":
                    format = WireFormat.Json;
                    break;
                case Yaml or "text/yaml" or "application/x-yaml":
                    format = WireFormat.Yaml;
                    break;
                default:
                    continue;
            }
            if (!parameters.TryGetValue("as", out var shape))
                return new(format, ObjectShape.Full, "");
            if (!shapes || parameters.GetValueOrDefault("g", "") != "meta.k8s.io" || parameters.GetValueOrDefault("v", "") is not ("v1" or "v1beta1") || type[0] == '*')
                continue;
            var version = parameters["v"];
            switch (shape)
            {
                case "Table":
                    return new(format, ObjectShape.Table, version);
                case "PartialObjectMetadata" or "PartialObjectMetadataList":
                    return new(format, ObjectShape.PartialObjectMetadata, version);
                default:
                    continue;
            }
        }
        throw StatusException.NotAcceptable(Served);
    }

    /// <summary>What a body's Content-Type says; an absent one is read as JSON.</summary>
    /// <exception cref="StatusException">UnsupportedMediaType.</exception>
    public static BodyFormat FormatOf(HttpRequest request) => TypeOf(request.ContentType) switch
    {
        "" or Json => BodyFormat.Json,
        Yaml or "application/x-yaml" or "text/yaml" => BodyFormat.Yaml,
        ProtobufObject.MediaType => BodyFormat.Protobuf,
        _ => throw Unsupported([.. Served, ProtobufObject.MediaType]),
    };

    public static StatusException Unsupported(IEnumerable<string> accepted) => StatusException.UnsupportedMediaType(
        "the body of the request was in an unknown format - accepted media types include: " + string.Join(", ", accepted));

    /// <summary>A Content-Type without its parameters, in lower case.</summary>
    public static string TypeOf(string? contentType)
    {
        var text = contentType ?? "";
        var end = text.IndexOf(';', StringComparison.Ordinal);
        return (end < 0 ? text : text[..end]).Trim().ToLowerInvariant();
    }

    /// <summary>The header's clauses, best first: by weight, then as they stand.</summary>
    internal static IEnumerable<(string Type, IReadOnlyDictionary<string, string> Parameters)> Ordered(string header) => header
        .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(ParseClause)
        .Where(c => c.Weight > 0)
        .OrderByDescending(c => c.Weight)
        .Select(c => (c.Type, c.Parameters));

    private static (string Type, IReadOnlyDictionary<string, string> Parameters, double Weight) ParseClause(string clause)
    {
        var parts = clause.Split(';', StringSplitOptions.TrimEntries);
        var parameters = new Dictionary<string, string>();
        foreach (var part in parts.Skip(1))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                parameters[part[..equals].ToLowerInvariant()] = part[(equals + 1)..].Trim('"');
        }
        var weight = parameters.Remove("q", out var q) && double.TryParse(q, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 1;
        return (parts[0].ToLowerInvariant(), parameters, weight);
    }
}
