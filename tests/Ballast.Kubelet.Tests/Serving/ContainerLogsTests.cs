using System.Net;
using System.Text;
using Ballast.Kubelet.Pods;
using Ballast.Kubelet.Runtimes;
using Ballast.Kubelet.Runtimes.Hollow;
using Ballast.Kubelet.Serving;
using k8s.Models;
using Microsoft.AspNetCore.Http;

namespace Ballast.Kubelet.Tests.Serving;

public sealed class ContainerLogsTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly HollowRuntime _runtime = new(IPNetwork.Parse("10.244.7.0/24"), "127.0.0.1", TimeProvider.System);
    private readonly PodStatuses _statuses = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<(int Status, string Text)> GetAsync(string pod, string container, string query = "")
    {
        var http = new DefaultHttpContext();
        using var body = new MemoryStream();
        http.Response.Body = body;
        http.Request.QueryString = new QueryString(query);
        await new ContainerLogs(_statuses, new RuntimeSet(_runtime, _runtime), TimeProvider.System).HandleAsync(http, "default", pod, container);
        return (http.Response.StatusCode, Encoding.UTF8.GetString(body.ToArray()));
    }

    private async Task AddAsync(bool started)
    {
        _statuses.Set(new PodStatusEntry(Build.Pod(), new V1PodStatus(), Terminated: false));
        var sandbox = await _runtime.RunPodSandboxAsync(Build.Sandbox(_folder), Cancel);
        if (started)
            await _runtime.StartContainerAsync(await _runtime.CreateContainerAsync(sandbox.Id, Build.Container("app"), Cancel), Cancel);
    }

    [Fact]
    public async Task The_log_of_a_running_container()
    {
        await AddAsync(started: true);
        Assert.Equal((200, "This pod is on a hollow node: nothing runs in it, so it has no log.\n"), await GetAsync("pod", "app", "?tailLines=5"));
    }

    [Theory]
    [InlineData("other", "app", "", 404, "pod \"other\" not found\n")]
    [InlineData("pod", "other", "", 404, "container \"other\" not found in pod \"pod\"\n")]
    [InlineData("pod", "app", "?previous=true", 400, "previous terminated container \"app\" in pod \"pod\" not found\n")]
    [InlineData("pod", "app", "?tailLines=-1", 400, "tailLines: Invalid value: -1: must be greater than or equal to 0\n")]
    [InlineData("pod", "app", "?sinceTime=yesterday", 400, "invalid sinceTime: \"yesterday\"\n")]
    public async Task What_cannot_be_had_is_said(string pod, string container, string query, int status, string text)
    {
        await AddAsync(started: true);
        Assert.Equal((status, text), await GetAsync(pod, container, query));
    }

    [Fact]
    public async Task A_container_that_waits_says_for_what()
    {
        await AddAsync(started: false);
        Assert.Equal((400, "container \"app\" in pod \"pod\" is waiting to start: ContainerCreating\n"), await GetAsync("pod", "app"));
    }
}
