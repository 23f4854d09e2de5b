using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Endpoints.Connect;

/// <summary><c>pods/log</c>: what the kubelet that runs the pod has of a container's output.</summary>
internal sealed class PodLog(IResourceCatalog catalog, KubeletConnection kubelets) : IConnectSubresource
{
    private static readonly string[] Options = ["follow", "previous", "sinceSeconds", "sinceTime", "timestamps", "tailLines", "limitBytes", "stream"];

    public async Task ConnectAsync(HttpContext context, ResourceRequest request, string path, CancellationToken cancel)
    {
        var store = catalog.Find(new GroupResource("", "pods")) ?? throw StatusException.PathNotFound();
        var stored = await store.Objects.GetAsync($"{request.Namespace}/{request.Name}", ReadConsistency.Linearizable, cancel)
            ?? throw StatusException.NotFound(store.Definition.GroupResource, request.Name);
        var pod = stored.ToDocument();
        var container = ContainerOf(pod, context.Request.Query["container"].ToString());
        if ((pod["spec"] as JsonObject)?.StringAt("nodeName") is not { Length: > 0 } node)
        {
            // No kubelet has it yet: there is nothing to say, and nothing wrong.
            context.Response.ContentType = "text/plain";
            return;
        }
        var query = string.Join('&', Options
            .Where(o => context.Request.Query.ContainsKey(o))
            .Select(o => $"{o}={Uri.EscapeDataString(context.Request.Query[o].ToString())}"));
        await kubelets.ForwardAsync(context, node, $"containerLogs/{request.Namespace}/{request.Name}/{container}{(query.Length > 0 ? "?" + query : "")}",
            (answer, token) => RefusalAsync(answer, request.Name, token), cancel);
    }

    /// <summary>The kubelet says in plain text why there is no log; clients look for a Status.</summary>
    private static async Task<StatusException?> RefusalAsync(HttpResponseMessage answer, string pod, CancellationToken cancel)
    {
        if ((int)answer.StatusCode is >= 200 and <= 206)
            return null;
        var text = await answer.Content.ReadAsStringAsync(cancel);
        return answer.StatusCode switch
        {
            HttpStatusCode.BadRequest => StatusException.BadRequest(text),
            HttpStatusCode.InternalServerError => StatusException.Internal(text),
            _ => StatusException.FromAnotherServer((int)answer.StatusCode, new GroupResource("", "pods/log"), pod, text),
        };
    }

    private static string ContainerOf(JsonObject pod, string asked)
    {
        var main = Names(pod, "containers");
        var init = Names(pod, "initContainers");
        var others = init.Concat(Names(pod, "ephemeralContainers")).ToList();
        if (asked.Length > 0)
            return main.Contains(asked) || others.Contains(asked) ? asked : throw StatusException.BadRequest($"container {asked} is not valid for pod {pod.Name}");
        if (main.Count == 1)
            return main[0];
        var choices = $"a container name must be specified for pod {pod.Name}, choose one of: [{string.Join(' ', main)}]";
        throw StatusException.BadRequest(init.Count > 0 ? $"{choices} or one of the init containers: [{string.Join(' ', init)}]" : choices);
    }

    private static List<string> Names(JsonObject pod, string list) =>
        [.. ((pod["spec"] as JsonObject)?[list] as JsonArray ?? []).OfType<JsonObject>().Select(c => c.StringAt("name") ?? "")];
}
