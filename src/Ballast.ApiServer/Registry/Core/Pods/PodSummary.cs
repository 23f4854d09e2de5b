using System.Globalization;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>A pod's state in one line.</summary>
/// <param name="Reason">The phase, or what explains it better: <c>CrashLoopBackOff</c>, <c>Init:0/1</c>, <c>Terminating</c> …</param>
/// <param name="ReadyContainers">Of those that run all the time.</param>
/// <param name="Containers">That run all the time: containers and sidecars.</param>
/// <param name="Restarts">Of the containers that matter now: the init containers while they run, then the others.</param>
/// <param name="LastRestart">When the last container ended that was started again.</param>
internal sealed record PodSummary(string Reason, int ReadyContainers, int Containers, long Restarts, DateTimeOffset? LastRestart)
{
    public string Ready => $"{ReadyContainers}/{Containers}";

    public string RestartsText(DateTimeOffset now) =>
        Restarts > 0 && LastRestart is { } last
            ? $"{Restarts} ({HumanDuration.Format(now - last)} ago)"
            : Restarts.ToString(CultureInfo.InvariantCulture);

    public static PodSummary Of(JsonObject pod)
    {
        var sidecars = pod.Objects("spec", "initContainers").Where(c => c.Text("restartPolicy") == "Always").Select(c => c.Text("name")).ToHashSet();
        var summary = new PodSummary(OwnReason(pod), 0, pod.Count("spec", "containers") + sidecars.Count, 0, null);

        var (initializing, afterInit, sidecarRestarts) = WithInitContainers(summary, pod, sidecars);
        summary = afterInit;
        if (!initializing || pod.Condition("Initialized").Text("status") == "True")
            summary = WithContainers(summary with { Restarts = sidecarRestarts.Restarts, LastRestart = sidecarRestarts.LastRestart }, pod);

        if (!pod.IsBeingDeleted)
            return summary;
        if (pod.Text("status", "reason") == "NodeLost")
            return summary with { Reason = "Unknown" };
        return pod.Text("status", "phase") is "Succeeded" or "Failed" ? summary : summary with { Reason = "Terminating" };
    }

    private static string OwnReason(JsonObject pod)
    {
        if (pod.Condition("PodScheduled").Text("reason") == "SchedulingGated")
            return "SchedulingGated";
        return pod.Text("status", "reason") is { Length: > 0 } reason ? reason : pod.Text("status", "phase");
    }

    private static (bool Initializing, PodSummary Summary, PodSummary Sidecars) WithInitContainers(PodSummary summary, JsonObject pod, HashSet<string> sidecars)
    {
        var ofSidecars = summary;
        var total = pod.Count("spec", "initContainers");
        var index = 0;
        foreach (var status in pod.Objects("status", "initContainerStatuses"))
        {
            summary = summary.WithRestartsOf(status);
            var isSidecar = sidecars.Contains(status.Text("name"));
            if (isSidecar)
                ofSidecars = ofSidecars.WithRestartsOf(status);

            var terminated = status.Object("state", "terminated");
            var waiting = status.Text("state", "waiting", "reason");
            if (terminated is not null && terminated.Long("exitCode") == 0)
            {
                index++;
                continue;
            }
            if (isSidecar && status.Bool("started") == true)
            {
                if (status.Bool("ready") == true)
                    summary = summary with { ReadyContainers = summary.ReadyContainers + 1 };
                index++;
                continue;
            }
            var state = terminated is not null ? EndOf(terminated) : waiting is not ("" or "PodInitializing") ? waiting : $"{index}/{total}";
            return (true, summary with { Reason = "Init:" + state }, ofSidecars);
        }
        return (false, summary, ofSidecars);
    }

    private static PodSummary WithContainers(PodSummary summary, JsonObject pod)
    {
        var running = false;
        foreach (var status in pod.Objects("status", "containerStatuses").Reverse())
        {
            summary = summary.WithRestartsOf(status);
            if (status.Text("state", "waiting", "reason") is { Length: > 0 } waiting)
                summary = summary with { Reason = waiting };
            else if (status.Object("state", "terminated") is { } terminated)
                summary = summary with { Reason = EndOf(terminated) };
            else if (status.Bool("ready") == true && status.Has("state", "running"))
            {
                running = true;
                summary = summary with { ReadyContainers = summary.ReadyContainers + 1 };
            }
        }
        // One container is through, another still runs: the pod is not completed.
        if (summary.Reason == "Completed" && running)
            return summary with { Reason = pod.Condition("Ready").Text("status") == "True" ? "Running" : "NotReady" };
        return summary;
    }

    private PodSummary WithRestartsOf(JsonObject status)
    {
        var last = KubernetesTime.TryParse(status.Text("lastState", "terminated", "finishedAt"), out var finished) && !(finished <= LastRestart) ? finished : LastRestart;
        return this with { Restarts = Restarts + (status.Long("restartCount") ?? 0), LastRestart = last };
    }

    private static string EndOf(JsonObject terminated) =>
        terminated.Text("reason") is { Length: > 0 } reason ? reason
        : terminated.Long("signal") is { } signal and not 0 ? $"Signal:{signal}"
        : $"ExitCode:{terminated.Long("exitCode") ?? 0}";
}
