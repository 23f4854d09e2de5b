using System.Globalization;
using Ballast.ApiMachinery.Objects;
using Ballast.Kubelet.Pods;
using Ballast.Kubelet.Runtimes;
using Microsoft.AspNetCore.Http;

namespace Ballast.Kubelet.Serving;

/// <summary>Answers <c>/containerLogs/NAMESPACE/POD/CONTAINER</c>, which is where <c>kubectl logs</c> ends up.</summary>
internal sealed class ContainerLogs(PodStatuses statuses, RuntimeSet runtimes, TimeProvider time)
{
    public async Task HandleAsync(HttpContext http, string ns, string podName, string containerName)
    {
        var entry = statuses.All.FirstOrDefault(e => e.Pod.Metadata.NamespaceProperty == ns && e.Pod.Metadata.Name == podName);
        if (entry is null)
        {
            await RefuseAsync(http, StatusCodes.Status404NotFound, $"pod \"{podName}\" not found");
            return;
        }
        if (entry.Pod.AllContainers.All(c => c.Name != containerName))
        {
            await RefuseAsync(http, StatusCodes.Status404NotFound, $"container \"{containerName}\" not found in pod \"{podName}\"");
            return;
        }
        if (!TryRead(http.Request.Query, out var options, out var previous, out var mistake))
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, mistake);
            return;
        }
        var runtime = runtimes.For(entry.Pod);
        var state = PodState.Read(runtime, entry.Pod.Metadata.Uid);
        var container = Choose(state, containerName, previous);
        if (container is null)
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, previous
                ? $"previous terminated container \"{containerName}\" in pod \"{podName}\" not found"
                : $"container \"{containerName}\" in pod \"{podName}\" is waiting to start: {WaitingReason(entry, containerName)}");
            return;
        }
        http.Response.ContentType = "text/plain";
        try
        {
            await runtime.WriteLogAsync(container.Id, options, http.Response.Body, http.RequestAborted);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The reader has seen enough.
        }
    }

    private static Container? Choose(PodState state, string name, bool previous)
    {
        var latest = state.Latest(name);
        if (previous)
            return latest is { State: ContainerState.Exited } && state.Previous(name) is null ? latest : state.Previous(name);
        return latest is { State: ContainerState.Created } ? null : latest;
    }

    private static string WaitingReason(PodStatusEntry entry, string container) =>
        (entry.Status.InitContainerStatuses ?? []).Concat(entry.Status.ContainerStatuses ?? [])
            .FirstOrDefault(c => c.Name == container)?.State?.Waiting?.Reason ?? "ContainerCreating";

    private bool TryRead(IQueryCollection query, out LogOptions options, out bool previous, out string mistake)
    {
        options = new LogOptions();
        mistake = "";
        previous = IsTrue(query["previous"]);
        long? tailLines = null, limitBytes = null, sinceSeconds = null;
        if (!TryNumber(query, "tailLines", 0, ref tailLines, ref mistake)
            || !TryNumber(query, "limitBytes", 1, ref limitBytes, ref mistake)
            || !TryNumber(query, "sinceSeconds", 1, ref sinceSeconds, ref mistake))
            return false;
        DateTimeOffset? since = sinceSeconds is { } seconds ? time.GetUtcNow() - TimeSpan.FromSeconds(seconds) : null;
        if (query["sinceTime"].ToString() is { Length: > 0 } text)
        {
            if (!KubernetesTime.TryParse(text, out var at))
            {
                mistake = $"invalid sinceTime: \"{text}\"";
                return false;
            }
            since = at;
        }
        options = new LogOptions(IsTrue(query["follow"]), tailLines, since, IsTrue(query["timestamps"]), limitBytes);
        return true;
    }

    private static bool TryNumber(IQueryCollection query, string name, long least, ref long? number, ref string mistake)
    {
        if (query[name].ToString() is not { Length: > 0 } text)
            return true;
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) || value < least)
        {
            mistake = $"{name}: Invalid value: {text}: must be greater than or equal to {least}";
            return false;
        }
        number = value;
        return true;
    }

    private static bool IsTrue(string? value) => value is "true" or "1";

    private static Task RefuseAsync(HttpContext http, int status, string message) => KubeletServer.AnswerAsync(http, status, message);
}
