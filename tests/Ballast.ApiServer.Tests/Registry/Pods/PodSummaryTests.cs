using System.Globalization;
using Ballast.ApiServer.Registry.Core;

namespace Ballast.ApiServer.Tests.Registry.Pods;

public sealed class PodSummaryTests
{
    private const string Terminated = "lastState: {terminated: {finishedAt: '2026-05-01T11:58:00Z'}}";

    [Theory]
    [InlineData("spec: {containers: [{name: a}]}\nstatus: {phase: Pending}", "0/1", "Pending", "0")]
    [InlineData("spec: {containers: [{name: a}]}\nstatus: {phase: Pending, conditions: [{type: PodScheduled, reason: SchedulingGated, status: 'False'}]}", "0/1", "SchedulingGated", "0")]
    [InlineData("spec: {containers: [{name: a}]}\nstatus: {phase: Running, containerStatuses: [{name: a, ready: true, state: {running: {}}}]}", "1/1", "Running", "0")]
    [InlineData("spec: {containers: [{name: a}]}\nstatus: {phase: Running, containerStatuses: [{name: a, restartCount: 4, state: {waiting: {reason: CrashLoopBackOff}}, " + Terminated + "}]}", "0/1", "CrashLoopBackOff", "4 (2m ago)")]
    [InlineData("spec: {containers: [{name: a}]}\nstatus: {phase: Succeeded, containerStatuses: [{name: a, state: {terminated: {reason: Completed, exitCode: 0}}}]}", "0/1", "Completed", "0")]
    [InlineData("spec: {containers: [{name: a}]}\nstatus: {phase: Failed, containerStatuses: [{name: a, state: {terminated: {exitCode: 3}}}]}", "0/1", "ExitCode:3", "0")]
    [InlineData("spec: {containers: [{name: a}]}\nstatus: {phase: Failed, containerStatuses: [{name: a, state: {terminated: {signal: 9}}}]}", "0/1", "Signal:9", "0")]
    [InlineData("spec: {containers: [{name: a}]}\nstatus: {phase: Failed, reason: Evicted}", "0/1", "Evicted", "0")]
    [InlineData("spec: {containers: [{name: a}], initContainers: [{name: i}, {name: j}]}\nstatus: {phase: Pending, initContainerStatuses: [{name: i, state: {terminated: {exitCode: 0}}}, {name: j, state: {running: {}}}]}", "0/1", "Init:1/2", "0")]
    [InlineData("spec: {containers: [{name: a}], initContainers: [{name: i}]}\nstatus: {phase: Pending, initContainerStatuses: [{name: i, restartCount: 2, state: {waiting: {reason: CrashLoopBackOff}}}]}", "0/1", "Init:CrashLoopBackOff", "2")]
    [InlineData("spec: {containers: [{name: a}], initContainers: [{name: i}]}\nstatus: {phase: Pending, initContainerStatuses: [{name: i, state: {terminated: {exitCode: 5}}}]}", "0/1", "Init:ExitCode:5", "0")]
    [InlineData("spec: {containers: [{name: a}], initContainers: [{name: s, restartPolicy: Always}]}\nstatus: {phase: Running, initContainerStatuses: [{name: s, started: true, ready: true, state: {running: {}}}], containerStatuses: [{name: a, ready: true, state: {running: {}}}]}", "2/2", "Running", "0")]
    [InlineData("spec: {containers: [{name: a}, {name: b}]}\nstatus: {phase: Running, containerStatuses: [{name: a, state: {terminated: {reason: Completed}}}, {name: b, ready: true, state: {running: {}}}]}", "1/2", "NotReady", "0")]
    [InlineData("metadata: {deletionTimestamp: '2026-05-01T11:00:00Z'}\nspec: {containers: [{name: a}]}\nstatus: {phase: Running}", "0/1", "Terminating", "0")]
    [InlineData("metadata: {deletionTimestamp: '2026-05-01T11:00:00Z'}\nspec: {containers: [{name: a}]}\nstatus: {phase: Running, reason: NodeLost}", "0/1", "Unknown", "0")]
    [InlineData("metadata: {deletionTimestamp: '2026-05-01T11:00:00Z'}\nspec: {containers: [{name: a}]}\nstatus: {phase: Succeeded}", "0/1", "Succeeded", "0")]
    public void Says_in_one_word_what_a_pod_is_about(string yaml, string ready, string reason, string restarts)
    {
        var summary = PodSummary.Of(BuiltIns.Yaml(yaml));
        var now = DateTimeOffset.Parse("2026-05-01T12:00:00Z", CultureInfo.InvariantCulture);
        Assert.Equal((ready, reason, restarts), (summary.Ready, summary.Reason, summary.RestartsText(now)));
    }
}
