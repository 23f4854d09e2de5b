using System.Globalization;
using Ballast.Client;
using k8s.Models;

namespace Ballast.Integration.Tests.Clusters;

/// <summary>
/// One ConfigMap is a register that a single client counts up through the endpoint, each time with the resourceVersion it knows; others read and watch it. What no sequence of
/// those writes and reads can explain is a violation: an acknowledged count that is not there, a read that is older than what was acknowledged before it began or than the
/// read before, a change that a watch has left out or told twice. Requests that are refused or not answered are none.
/// </summary>
public sealed class RegisterHistory : IAsyncDisposable
{
    private const string Namespace = "default", Name = "register", Key = "count";

    private readonly CancellationTokenSource _stop = new();
    private readonly string _kubeconfig;
    private readonly Task _running;
    private readonly List<string> _violations = []; // guarded by itself
    private int _acknowledged;
    private int _attempted;
    private int _reads;
    private int _watched;

    private RegisterHistory(string kubeconfig)
    {
        _kubeconfig = kubeconfig;
        _running = Task.WhenAll(Task.Run(() => WriteAsync(_stop.Token)), Task.Run(() => ReadAsync(lasting: true, _stop.Token)), Task.Run(() => ReadAsync(lasting: false, _stop.Token)), Task.Run(() => WatchAsync(_stop.Token)));
    }

    /// <param name="kubeconfig">Names the endpoint; it is read again when it changes.</param>
    public static RegisterHistory Start(string kubeconfig) => new(kubeconfig);

    /// <summary>The highest count that was acknowledged.</summary>
    public int Acknowledged => Volatile.Read(ref _acknowledged);

    public IReadOnlyList<string> Violations
    {
        get
        {
            lock (_violations)
                return [.. _violations];
        }
    }

    /// <summary>Ends the writes, waits until the watch has told of the last one, and says what cannot be.</summary>
    public async Task CheckAsync()
    {
        await TestCluster.EventuallyAsync(() => Task.FromResult(_watched >= Acknowledged), TimeSpan.FromSeconds(30), $"the watch, which is at {_watched}, has told of {Acknowledged}");
        await _stop.CancelAsync();
        await _running;
        Assert.Empty(Violations);
        Assert.True(Acknowledged > 50 && _reads > 50, $"{Acknowledged} writes and {_reads} reads were answered");
    }

    /// <summary>What was seen, for a test's output.</summary>
    public override string ToString() => $"{Acknowledged} writes, {_reads} reads, {_watched} watched, {Violations.Count} violations";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task WriteAsync(CancellationToken cancel)
    {
        using var client = ClientFactory.Create(_kubeconfig, "register-writer");
        var maps = client.Resources<V1ConfigMap>();
        V1ConfigMap? known = null;
        await PersistentClient.AgainAsync(async _ =>
        {
            known ??= await KnownAsync(maps, cancel);
            var next = Count(known) + 1;
            Volatile.Write(ref _attempted, next);
            try
            {
                var map = new V1ConfigMap { Metadata = new() { Name = Name, NamespaceProperty = Namespace, ResourceVersion = known?.Metadata.ResourceVersion }, Data = new Dictionary<string, string> { [Key] = next.ToString(CultureInfo.InvariantCulture) } };
                known = known is null ? await maps.CreateAsync(map, cancel) : await maps.UpdateAsync(map, cancel);
                Volatile.Write(ref _acknowledged, next);
            }
            catch
            {
                // Whether it has been written is to be seen.
                known = null;
                throw;
            }
        }, cancel);
    }

    /// <summary>The writer is the only one: there is what was acknowledged last, or what it had under way when the answer was lost.</summary>
    private async Task<V1ConfigMap?> KnownAsync(ResourceClient<V1ConfigMap> maps, CancellationToken cancel)
    {
        var (acknowledged, attempted) = (Acknowledged, _attempted);
        var there = await maps.FindAsync(Namespace, Name, cancel);
        if (Count(there) != acknowledged && Count(there) != attempted)
            Violated($"{Count(there)} is there, {acknowledged} was acknowledged and {attempted} tried");
        return there;
    }

    private async Task ReadAsync(bool lasting, CancellationToken cancel)
    {
        using var kept = ClientFactory.Create(_kubeconfig, "register-reader");
        var (seen, version) = (0, 0L);
        await PersistentClient.AgainAsync(async _ =>
        {
            var atLeast = Math.Max(Acknowledged, seen);
            using var own = lasting ? null : ClientFactory.Create(_kubeconfig, "register-reader");
            if (await (own ?? kept).Resources<V1ConfigMap>().FindAsync(Namespace, Name, cancel) is not { } map)
            {
                if (atLeast > 0)
                    Violated($"the register was not found after {atLeast}");
                return;
            }
            if (Count(map) < atLeast || Version(map) < version)
                Violated($"read {Count(map)} at {Version(map)} after {atLeast} at {version}");
            (seen, version) = (Math.Max(seen, Count(map)), Math.Max(version, Version(map)));
            Interlocked.Increment(ref _reads);
        }, cancel);
    }

    private async Task WatchAsync(CancellationToken cancel)
    {
        using var client = ClientFactory.Create(_kubeconfig, "register-watcher");
        var maps = client.Resources<V1ConfigMap>();
        var from = "";
        await PersistentClient.AgainAsync(async _ =>
        {
            var scope = new ListScope(Namespace, FieldSelector: $"metadata.name={Name}");
            if (from.Length == 0)
            {
                var list = await maps.ListAsync(scope, cancel);
                (from, _watched) = (list.Metadata.ResourceVersion, Count(list.Items.SingleOrDefault()));
            }
            try
            {
                await foreach (var (type, map) in maps.WatchAsync(scope, from, TimeSpan.FromSeconds(30), cancel))
                {
                    from = map.Metadata.ResourceVersion;
                    if (type == WatchEventType.Bookmark)
                        continue;
                    if (type == WatchEventType.Deleted || Count(map) != _watched + 1)
                        Violated($"watched {type} {Count(map)} after {_watched}");
                    _watched = Count(map);
                }
            }
            catch (WatchExpiredException)
            {
                // As every client does: list again.
                from = "";
            }
        }, cancel);
    }

    private void Violated(string what)
    {
        lock (_violations)
            _violations.Add($"{DateTime.UtcNow:HH:mm:ss.fff} {what}");
    }

    private static int Count(V1ConfigMap? map) => map is null ? 0 : int.Parse(map.Data[Key], CultureInfo.InvariantCulture);

    private static long Version(V1ConfigMap map) => long.Parse(map.Metadata.ResourceVersion, CultureInfo.InvariantCulture);
}
