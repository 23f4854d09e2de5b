using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ballast.Bench.Load.Api;

/// <summary>One HTTP/2 connection to the API. Bodies go out and come in as bytes; nothing is parsed unless it is asked for.</summary>
internal sealed class ApiConnection(Uri server, SocketsHttpHandler handler, AuthenticationHeaderValue? authorization) : IDisposable
{
    private const int ReadSize = 64 * 1024;

    private readonly HttpMessageInvoker _http = new(handler);

    /// <summary>Sends a request and reads the answer to its end. Returns its length.</summary>
    /// <exception cref="ApiException">Refused.</exception>
    public async ValueTask<long> SendAsync(HttpMethod method, string path, ReadOnlyMemory<byte> body, string contentType, CancellationToken cancel)
    {
        using var request = Request(method, path, body, contentType);
        using var response = await _http.SendAsync(request, cancel);
        await RefusedAsync(response, cancel);
        using var content = await response.Content.ReadAsStreamAsync(cancel);
        var buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
        try
        {
            long length = 0;
            int read;
            while ((read = await content.ReadAsync(buffer, cancel)) > 0)
                length += read;
            return length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public ValueTask<long> GetAsync(string path, CancellationToken cancel) => SendAsync(HttpMethod.Get, path, default, "", cancel);

    public async Task<JsonObject> GetObjectAsync(string path, CancellationToken cancel) => await ObjectAsync(HttpMethod.Get, path, null, "", cancel);

    /// <summary>Sends a document and reads the one that comes back.</summary>
    public async Task<JsonObject> ObjectAsync(HttpMethod method, string path, JsonObject? body, string contentType, CancellationToken cancel)
    {
        using var request = Request(method, path, body is null ? default : JsonSerializer.SerializeToUtf8Bytes(body), contentType);
        using var response = await _http.SendAsync(request, cancel);
        await RefusedAsync(response, cancel);
        return JsonNode.Parse(await response.Content.ReadAsByteArrayAsync(cancel))!.AsObject();
    }

    /// <summary>Opens a watch. Returns when the server has begun to answer; the caller disposes the stream.</summary>
    public async Task<Stream> OpenAsync(string path, CancellationToken cancel)
    {
        var request = Request(HttpMethod.Get, path, default, "");
        var response = await _http.SendAsync(request, cancel);
        await RefusedAsync(response, cancel);
        return await response.Content.ReadAsStreamAsync(cancel);
    }

    public void Dispose()
    {
        _http.Dispose();
        handler.Dispose();
    }

    private HttpRequestMessage Request(HttpMethod method, string path, ReadOnlyMemory<byte> body, string contentType)
    {
        var request = new HttpRequestMessage(method, new Uri(server, path)) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", "ballast-bench/1.0");
        request.Headers.Authorization = authorization;
        if (contentType.Length > 0)
        {
            request.Content = new ReadOnlyMemoryContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }
        return request;
    }

    private static async Task RefusedAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        if (response.IsSuccessStatusCode)
            return;
        var text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancel));
        string? message = null;
        try
        {
            message = (string?)JsonNode.Parse(text)?["message"];
        }
        catch (JsonException)
        {
            // not a Status: the text itself is all there is to tell
        }
        throw new ApiException(response.StatusCode, message ?? text);
    }
}
