using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Endpoints;

/// <summary>
/// What a request asks for, read from its method and path alone. Authorization, flow control and metrics decide by it, so it follows upstream's
/// rules to the letter (<c>k8s.io/apiserver/pkg/endpoints/request</c>): <c>/api/VERSION/…</c> and <c>/apis/GROUP/VERSION/…</c> are resources, all else is a path.
/// </summary>
public sealed record RequestInfo
{
    /// <summary>Of the resource verbs, or the method in lower case where this is no resource request.</summary>
    public required string Verb { get; init; }

    public required string Path { get; init; }

    public bool IsResourceRequest { get; init; }

    public string Group { get; init; } = "";

    public string Version { get; init; } = "";

    /// <summary>For <c>/api/v1/namespaces/NAME</c> itself the namespace is NAME too: policies on a namespace cover it.</summary>
    public string Namespace { get; init; } = "";

    public string Resource { get; init; } = "";

    public string Subresource { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>What follows the subresource in the path, without a leading slash: <c>…/proxy/metrics/cadvisor</c>.</summary>
    public string Rest { get; init; } = "";

    /// <summary>As it came; only on lists, watches and deletions of collections.</summary>
    public string FieldSelector { get; init; } = "";

    /// <summary>Requests that may stay open: they have no deadline and no place in the in-flight limits.</summary>
    public bool IsLongRunning => IsResourceRequest
        ? Verb is "watch" || Subresource is "log" or "exec" or "attach" or "portforward" or "proxy"
        : Path.StartsWith("/debug/pprof/", StringComparison.Ordinal);

    public bool IsReadOnly => Verb is "get" or "list" or "watch" or "head" or "options";

    public static RequestInfo Parse(HttpRequest request)
    {
        var path = request.Path.Value ?? "/";
        var method = request.Method;
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var prefix = parts.Length > 0 ? parts[0] : "";
        var first = prefix switch { "api" => 1, "apis" => 2, _ => int.MaxValue };
        // A group or a version alone is discovery, which is a path, not a resource.
        if (first == int.MaxValue || parts.Length < first + 2)
            return new() { Verb = method.ToLowerInvariant(), Path = path };

        var group = first == 2 ? parts[1] : "";
        var version = parts[first];
        var rest = parts.AsSpan(first + 1);
        var verb = method switch
        {
            "POST" => "create",
            "GET" or "HEAD" => "get",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => "delete",
            _ => "",
        };
        var oldStyleWatch = rest.Length > 1 && rest[0] == "watch";
        if (oldStyleWatch)
        {
            verb = "watch";
            rest = rest[1..];
        }

        var ns = "";
        if (rest[0] == "namespaces" && rest.Length > 1)
        {
            ns = rest[1];
            // The namespace's own subresources; anything else below a namespace is a resource in it.
            if (rest.Length > 2 && rest[2] is not ("status" or "finalize"))
                rest = rest[2..];
        }

        var name = rest.Length > 1 ? rest[1] : "";
        var fieldSelector = "";
        if (name.Length == 0 || oldStyleWatch)
        {
            var query = request.Query;
            fieldSelector = query["fieldSelector"].ToString();
            if (verb == "get")
                verb = query["watch"].ToString() is { Length: > 0 } watch && watch is not ("false" or "0") ? "watch" : "list";
            else if (verb == "delete")
                verb = "deletecollection";
            // A list narrowed to one name can be allowed by a rule on that name.
            if (name.Length == 0 && verb is "list" or "watch" or "deletecollection")
                name = NameIn(fieldSelector);
        }
        return new()
        {
            Verb = verb,
            Path = path,
            IsResourceRequest = true,
            Group = group,
            Version = version,
            Namespace = ns,
            Resource = rest[0],
            Name = name,
            Subresource = rest.Length > 2 ? rest[2] : "",
            Rest = rest.Length > 3 ? RestOf(path, rest[2]) : "",
            FieldSelector = fieldSelector,
        };
    }

    private static string NameIn(string fieldSelector)
    {
        const string Field = "metadata.name=";
        foreach (var term in fieldSelector.Split(','))
            if (term.StartsWith(Field, StringComparison.Ordinal))
                return term[Field.Length..].TrimStart('=');
        return "";
    }

    // Taken from the path itself: a proxied path keeps its empty segments and its trailing slash.
    private static string RestOf(string path, string subresource)
    {
        var at = path.IndexOf($"/{subresource}/", StringComparison.Ordinal);
        return at < 0 ? "" : path[(at + subresource.Length + 2)..];
    }
}
