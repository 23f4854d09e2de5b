using System.Globalization;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Endpoints.Connect;

/// <summary><c>nodes/proxy</c>: the kubelet's own paths.</summary>
internal sealed class NodeProxy(KubeletConnection kubelets) : IConnectSubresource
{
    public Task ConnectAsync(HttpContext context, ResourceRequest request, string path, CancellationToken cancel) =>
        kubelets.ForwardAsync(context, ProxyTarget.Parse(request.Name).Name, path + context.Request.QueryString, null, cancel);
}

/// <summary><c>pods/proxy</c>: a port of the pod.</summary>
internal sealed class PodProxy(IResourceCatalog catalog, HttpMessageInvoker http) : IConnectSubresource
{
    public async Task ConnectAsync(HttpContext context, ResourceRequest request, string path, CancellationToken cancel)
    {
        var target = ProxyTarget.Parse(request.Name);
        var store = catalog.Find(new GroupResource("", "pods")) ?? throw StatusException.PathNotFound();
        var stored = await store.Objects.GetAsync($"{request.Namespace}/{target.Name}", ReadConsistency.Any, cancel)
            ?? throw StatusException.NotFound(store.Definition.GroupResource, target.Name);
        var pod = stored.ToDocument();
        var address = (pod["status"] as JsonObject)?.StringAt("podIP") is { Length: > 0 } ip ? ip : throw StatusException.BadRequest("address not allowed");
        var port = target.Port.Length > 0 ? target.Port : FirstPort(pod);
        await HttpForwarding.ForwardAsync(http, context, target.Uri(address, port, path + context.Request.QueryString), null, cancel);
    }

    private static string FirstPort(JsonObject pod) =>
        ((pod["spec"] as JsonObject)?["containers"] as JsonArray ?? []).OfType<JsonObject>()
            .SelectMany(c => c["ports"] as JsonArray ?? []).OfType<JsonObject>()
            .Select(p => p.LongAt("containerPort")?.ToString(CultureInfo.InvariantCulture)).FirstOrDefault() ?? "80";
}

/// <summary><c>services/proxy</c>: a port of one of the endpoints that are ready.</summary>
internal sealed class ServiceProxy(IResourceCatalog catalog, HttpMessageInvoker http) : IConnectSubresource
{
    public async Task ConnectAsync(HttpContext context, ResourceRequest request, string path, CancellationToken cancel)
    {
        var target = ProxyTarget.Parse(request.Name);
        var services = catalog.Find(new GroupResource("", "services")) ?? throw StatusException.PathNotFound();
        var service = (await services.Objects.GetAsync($"{request.Namespace}/{target.Name}", ReadConsistency.Any, cancel)
            ?? throw StatusException.NotFound(services.Definition.GroupResource, target.Name)).ToDocument();
        var portName = PortNameOf(service, target.Port);
        var endpoints = catalog.Find(new GroupResource("", "endpoints")) ?? throw StatusException.PathNotFound();
        var stored = await endpoints.Objects.GetAsync($"{request.Namespace}/{target.Name}", ReadConsistency.Any, cancel);
        var choices = Choices(stored?.ToDocument(), portName).ToArray();
        if (choices.Length == 0)
            throw StatusException.ServiceUnavailable($"no endpoints available for service \"{target.Name}\"");
        var (address, port) = choices[Random.Shared.Next(choices.Length)];
        await HttpForwarding.ForwardAsync(http, context, target.Uri(address, port, path + context.Request.QueryString), null, cancel);
    }

    /// <summary>A number stands for the service's port of that number, whose name the endpoints know.</summary>
    private static string PortNameOf(JsonObject service, string asked)
    {
        var ports = ((service["spec"] as JsonObject)?["ports"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        var found = asked.Length == 0 && ports.Count == 1
            ? ports[0]
            : ports.FirstOrDefault(p => p.StringAt("name") == asked || p.LongAt("port")?.ToString(CultureInfo.InvariantCulture) == asked);
        return found is null ? throw StatusException.ServiceUnavailable($"no service port \"{asked}\" found for service \"{service.Name}\"") : found.StringAt("name") ?? "";
    }

    private static IEnumerable<(string Address, string Port)> Choices(JsonObject? endpoints, string portName) =>
        from subset in (endpoints?["subsets"] as JsonArray ?? []).OfType<JsonObject>()
        from port in (subset["ports"] as JsonArray ?? []).OfType<JsonObject>()
        where (port.StringAt("name") ?? "") == portName
        from address in (subset["addresses"] as JsonArray ?? []).OfType<JsonObject>()
        select (address.StringAt("ip") ?? "", port.LongAt("port")?.ToString(CultureInfo.InvariantCulture) ?? "");
}

/// <summary>What the name in a proxy path says: <c>name</c>, <c>name:port</c> or <c>scheme:name:port</c>.</summary>
internal readonly record struct ProxyTarget(string Scheme, string Name, string Port)
{
    /// <exception cref="StatusException">BadRequest: of none of these forms.</exception>
    public static ProxyTarget Parse(string text) => text.Split(':') switch
    {
        [var name] => new("http", name, ""),
        [var name, var port] => new("http", name, port),
        ["http" or "https" or "", var name, var port] => new(text.StartsWith("https:", StringComparison.Ordinal) ? "https" : "http", name, port),
        _ => throw StatusException.BadRequest($"invalid proxy request \"{text}\""),
    };

    public Uri Uri(string address, string port, string pathAndQuery)
    {
        var host = address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
        return System.Uri.TryCreate($"{Scheme}://{host}:{port}/{pathAndQuery}", UriKind.Absolute, out var uri) ? uri : throw StatusException.BadRequest($"invalid port \"{port}\"");
    }
}
