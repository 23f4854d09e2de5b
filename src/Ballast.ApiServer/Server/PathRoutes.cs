using System.Text.Json.Nodes;
using Ballast.ApiServer.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Server;

/// <param name="Path">Without a trailing slash; <c>/healthz</c>.</param>
/// <param name="Handle">Answers it, and everything below it where <paramref name="IsPrefix"/>.</param>
/// <param name="IsPrefix">Does it serve what is below its path too?</param>
public sealed record PathRoute(string Path, Func<ApiRequest, Task> Handle, bool IsPrefix = false);

/// <summary>What is served outside the resources: health, metrics, discovery, version, OpenAPI.</summary>
public sealed class PathRoutes
{
    private readonly Dictionary<string, PathRoute> _routes;
    private readonly Func<IEnumerable<string>> _morePaths;

    /// <param name="routes">Each path once.</param>
    /// <param name="morePaths">Paths that come and go, for the list at <c>/</c>.</param>
    public PathRoutes(IEnumerable<PathRoute> routes, Func<IEnumerable<string>> morePaths)
    {
        _routes = routes.ToDictionary(r => r.Path, StringComparer.Ordinal);
        _morePaths = morePaths;
    }

    /// <summary>False where no route has the path.</summary>
    public async ValueTask<bool> TryServeAsync(ApiRequest request)
    {
        var path = request.Info.Path;
        if (path is "/" or "")
        {
            await ListPathsAsync(request);
            return true;
        }
        var trimmed = path.TrimEnd('/');
        if (_routes.TryGetValue(trimmed, out var route))
        {
            await route.Handle(request);
            return true;
        }
        for (var end = trimmed.LastIndexOf('/'); end > 0; end = trimmed.LastIndexOf('/', end - 1))
        {
            if (!_routes.TryGetValue(trimmed[..end], out route) || !route.IsPrefix)
                continue;
            await route.Handle(request);
            return true;
        }
        return false;
    }

    private Task ListPathsAsync(ApiRequest request)
    {
        var paths = _routes.Keys.Concat(_morePaths()).Distinct().Order(StringComparer.Ordinal);
        return Answer.DocumentAsync(request, StatusCodes.Status200OK, new JsonObject { ["paths"] = new JsonArray([.. paths.Select(p => (JsonNode)p)]) });
    }
}
