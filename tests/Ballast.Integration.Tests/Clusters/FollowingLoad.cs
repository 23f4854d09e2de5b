using Ballast.Client;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Integration.Tests.Clusters;

/// <summary>
/// Two clients that follow their kubeconfig, as every client in a cluster does: one keeps its connection and writes through it, one connects anew for every read. What
/// is refused or not answered is remembered.
/// </summary>
public sealed class FollowingLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _failures = []; // guarded by itself
    private readonly Task _writer;
    private readonly Task _reader;
    private int _answered;

    private FollowingLoad(string kubeconfig)
    {
        _writer = Task.Run(() => WriteAsync(kubeconfig, _stop.Token));
        _reader = Task.Run(() => ReadAsync(kubeconfig, _stop.Token));
    }

    public static FollowingLoad Start(string kubeconfig) => new(kubeconfig);

    public int Answered => _answered;

    public IReadOnlyList<string> Failures
    {
        get
        {
            lock (_failures)
                return [.. _failures];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_writer, _reader);
        _stop.Dispose();
    }

    private async Task WriteAsync(string kubeconfig, CancellationToken cancel)
    {
        using var client = ClientFactory.Create(kubeconfig, "load");
        var maps = client.Resources<V1ConfigMap>();
        for (var i = 0; !cancel.IsCancellationRequested; i++)
        {
            var name = $"following-{i:00000}";
            await TellAsync(name, () => maps.CreateAsync(new() { Metadata = new() { Name = name, NamespaceProperty = "default" } }, cancel), cancel);
        }
    }

    private async Task ReadAsync(string kubeconfig, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            using var client = ClientFactory.Create(kubeconfig, "load");
            await TellAsync("read", () => client.Resources<V1Namespace>().GetAsync(null, "default", cancel), cancel);
        }
    }

    private async Task TellAsync(string what, Func<Task> ask, CancellationToken cancel)
    {
        try
        {
            await ask();
            Interlocked.Increment(ref _answered);
            await Task.Delay(50, cancel);
        }
        catch (Exception) when (cancel.IsCancellationRequested)
        {
            // The load is over.
        }
        catch (Exception failure) when (failure is HttpRequestException or HttpOperationException or IOException or OperationCanceledException)
        {
            lock (_failures)
                _failures.Add($"{DateTime.UtcNow:HH:mm:ss.fff} {what}: {failure.Message}");
        }
    }
}
