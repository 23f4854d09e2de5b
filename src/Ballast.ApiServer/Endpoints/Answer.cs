using System.Buffers;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Endpoints;

/// <summary>Writes answers: headers, Status objects, bodies as JSON or YAML, plain, pretty or compressed.</summary>
internal static class Answer
{
    /// <summary>Below this, compressing costs more than it saves; upstream's figure.</summary>
    private const int CompressFrom = 128 * 1024;

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        MaxDepth = JsonText.StoredDepth,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Sends one JSON value.</summary>
    public static async Task JsonAsync(ApiRequest request, int code, ReadOnlyMemory<byte> json, WireFormat format = WireFormat.Json)
    {
        var response = request.Http.Response;
        Begin(request, code, format == WireFormat.Yaml ? MediaTypes.Yaml : MediaTypes.Json);
        if (format == WireFormat.Yaml)
            json = Encoding.UTF8.GetBytes(YamlDocuments.Write(JsonNode.Parse(json.Span, null, JsonText.Stored)!));
        else if (WantsPretty(request.Http.Request))
            json = Pretty(json.Span);

        if (WantsGzip(request.Http.Request, json.Length))
        {
            await using var compressed = Compress(response);
            await compressed.WriteAsync(json, request.Cancel);
            return;
        }
        response.ContentLength = json.Length + (format == WireFormat.Json ? 1 : 0);
        response.BodyWriter.Write(json.Span);
        if (format == WireFormat.Json)
            response.BodyWriter.Write("\n"u8);
        await response.BodyWriter.FlushAsync(request.Cancel);
    }

    public static Task DocumentAsync(ApiRequest request, int code, JsonNode document, WireFormat format = WireFormat.Json) =>
        JsonAsync(request, code, Documents.Encode(document), format);

    public static Task StatusAsync(ApiRequest request, StatusException failure)
    {
        if (failure.RetryAfterSeconds is { } seconds)
            request.Http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return DocumentAsync(request, failure.Code, failure.ToDocument());
    }

    /// <summary>Plain text, as the answers outside the API are.</summary>
    public static async Task TextAsync(ApiRequest request, int code, string text)
    {
        Begin(request, code, "text/plain; charset=utf-8");
        request.Http.Response.Headers.XContentTypeOptions = "nosniff";
        await request.Http.Response.WriteAsync(text, request.Cancel);
    }

    /// <summary>A text of some other type, as it is.</summary>
    public static async Task RawAsync(ApiRequest request, string contentType, string text)
    {
        Begin(request, StatusCodes.Status200OK, contentType);
        request.Http.Response.Headers.CacheControl = "public, max-age=3600";
        await request.Http.Response.WriteAsync(text, request.Cancel);
    }

    /// <summary>Status line and headers; the body is the caller's.</summary>
    public static void Begin(ApiRequest request, int code, string contentType)
    {
        var response = request.Http.Response;
        response.StatusCode = code;
        response.ContentType = contentType;
        response.Headers.CacheControl = "no-cache, private";
        if (request.Warnings.Count > 0)
            response.Headers["Warning"] = request.Warnings.Distinct().Select(Quote).ToArray();
    }

    public static bool WantsGzip(HttpRequest request, long length) =>
        length >= CompressFrom && HttpMethods.IsGet(request.Method) && request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal);

    /// <summary>A compressed body; the caller disposes it when all is written.</summary>
    public static GZipStream Compress(HttpResponse response)
    {
        response.Headers.ContentEncoding = "gzip";
        response.Headers.Vary = "Accept-Encoding";
        return new(response.Body, CompressionLevel.Fastest);
    }

    /// <summary>What asks for indented JSON: the parameter, or a person's tool.</summary>
    public static bool WantsPretty(HttpRequest request)
    {
        if (request.QueryString.HasValue && request.Query.TryGetValue("pretty", out var pretty))
            return pretty.ToString() is not ("false" or "0");
        var agent = request.Headers.UserAgent.ToString();
        return agent.StartsWith("curl/", StringComparison.Ordinal) || agent.StartsWith("Wget/", StringComparison.Ordinal) || agent.StartsWith("Mozilla/", StringComparison.Ordinal);
    }

    private static byte[] Pretty(ReadOnlySpan<byte> json) => JsonSerializer.SerializeToUtf8Bytes(JsonNode.Parse(json, null, JsonText.Stored), Indented);

    /// <summary>RFC 7234's warning: code, no agent, and the quoted sentence without what a header cannot hold.</summary>
    private static string Quote(string warning)
    {
        var text = new StringBuilder(warning.Length + 10).Append("299 - \"");
        foreach (var c in warning)
        {
            if (c is '"' or '\\')
                text.Append('\\');
            text.Append(char.IsControl(c) ? ' ' : c);
        }
        return text.Append('"').ToString();
    }
}
