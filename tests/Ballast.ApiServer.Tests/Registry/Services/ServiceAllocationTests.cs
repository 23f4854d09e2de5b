using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Registry.Core;
using Ballast.Testing;
using Ballast.Testing.ApiServer;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.ApiServer.Tests.Registry.Services;

public sealed class ServiceAllocationTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private readonly InMemoryCatalog _catalog = new();
    private readonly InMemoryRawStore _raw = new();

    [Fact]
    public async Task No_two_servers_give_out_the_same_address_or_port()
    {
        await RangeAsync("10.96.0.0/25");
        var servers = Enumerable.Range(1, 3).Select(Server).ToList();
        var services = Enumerable.Range(0, 90).Select(i => Service($"s{i}", "type: NodePort, ports: [{port: 80}, {port: 81}]")).ToList();

        await Parallel.ForEachAsync(services.Index(), Cancel, async (s, cancel) =>
            Assert.NotNull(await servers[s.Index % 3].BeforeCreateAsync(s.Item, false, cancel)));

        Assert.Equal(90, services.Select(s => s["spec"]!["clusterIP"]!.GetValue<string>()).Distinct().Count());
        Assert.Equal(180, services.SelectMany(Ports).Distinct().Count());
        Assert.All(services.SelectMany(Ports), p => Assert.InRange(p, 30000, 32767));
        Assert.Equal("""["IPv4"]""", services[0]["spec"]!["ipFamilies"]!.ToJsonString());
    }

    [Fact]
    public async Task All_of_a_range_is_given_out_and_then_no_more()
    {
        await RangeAsync("10.96.0.0/28");
        var server = Server(1);
        var services = Enumerable.Range(0, 14).Select(i => Service($"s{i}")).ToList();
        foreach (var service in services)
            await server.BeforeCreateAsync(service, false, Cancel);

        Assert.Equal(Enumerable.Range(1, 14).Select(i => $"10.96.0.{i}").Order(StringComparer.Ordinal),
            services.Select(s => s["spec"]!["clusterIP"]!.GetValue<string>()).Order(StringComparer.Ordinal));
        var full = await Assert.ThrowsAsync<StatusException>(() => server.BeforeCreateAsync(Service("more"), false, Cancel));
        Assert.Equal("Internal error occurred: failed to allocate a serviceIP: range is full", full.Message);

        await server.AfterDeleteAsync(services[3], Cancel);
        var next = Service("next");
        await server.BeforeCreateAsync(next, false, Cancel);
        Assert.Equal(services[3]["spec"]!["clusterIP"]!.GetValue<string>(), next["spec"]!["clusterIP"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("10.96.0.7", "failed to allocate IP 10.96.0.7: provided IP is already allocated")]
    [InlineData("10.97.0.1", "failed to allocate IP 10.97.0.1: provided IP (10.97.0.1) is not in the valid range")]
    public async Task An_address_asked_for_is_refused_where_it_cannot_be_had(string address, string why)
    {
        await RangeAsync("10.96.0.0/24");
        await Server(1).BeforeCreateAsync(Service("first", "clusterIP: 10.96.0.7, ports: [{port: 80}]"), false, Cancel);

        var refused = await Assert.ThrowsAsync<StatusException>(() =>
            Server(2).BeforeCreateAsync(Service("second", $"clusterIP: {address}, ports: [{{port: 80}}]"), false, Cancel));
        Assert.Equal($"Service \"second\" is invalid: spec.clusterIPs[0]: Invalid value: [\"{address}\"]: {why}", refused.Message);
    }

    [Fact]
    public async Task A_node_port_asked_for_is_refused_where_it_cannot_be_had_and_the_address_given_back()
    {
        await RangeAsync("10.96.0.0/24");
        await Server(1).BeforeCreateAsync(Service("first", "type: NodePort, ports: [{port: 80, nodePort: 30080}]"), false, Cancel);

        var taken = await Assert.ThrowsAsync<StatusException>(() =>
            Server(2).BeforeCreateAsync(Service("second", "type: NodePort, ports: [{port: 80, nodePort: 30080}]"), false, Cancel));
        var outside = await Assert.ThrowsAsync<StatusException>(() =>
            Server(2).BeforeCreateAsync(Service("second", "type: NodePort, ports: [{port: 80, nodePort: 80}]"), false, Cancel));

        Assert.Equal("Service \"second\" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated", taken.Message);
        Assert.EndsWith("provided port is not in the valid range. The range of valid ports is 30000-32767", outside.Message, StringComparison.Ordinal);
        Assert.Single(await AddressesAsync());
    }

    [Fact]
    public async Task What_a_failed_write_took_is_given_back()
    {
        await RangeAsync("10.96.0.0/24");
        var undo = await Server(1).BeforeCreateAsync(Service("s", "type: NodePort, ports: [{port: 80}]"), false, Cancel);
        Assert.Single(await AddressesAsync());

        await undo!();

        Assert.Empty(await AddressesAsync());
        Assert.Empty(await new NodePortAllocator(_raw, BuiltInOptions.Default.NodePorts, new Random(1)).TakenAsync(Cancel));
    }

    [Fact]
    public async Task A_dry_run_takes_nothing_from_the_node_ports()
    {
        await RangeAsync("10.96.0.0/24");
        var service = Service("s", "type: NodePort, ports: [{port: 80}]");
        Assert.Null(await Server(1).BeforeCreateAsync(service, true, Cancel));
        Assert.Single(Ports(service));
        Assert.Empty(await new NodePortAllocator(_raw, BuiltInOptions.Default.NodePorts, new Random(1)).TakenAsync(Cancel));
    }

    [Fact]
    public async Task An_update_gives_back_what_it_no_longer_has()
    {
        await RangeAsync("10.96.0.0/24");
        var server = Server(1);
        var old = Service("s", "type: NodePort, ports: [{port: 80}]");
        await server.BeforeCreateAsync(old, false, Cancel);
        var now = BuiltIns.Updated("services", old, Service("s", "type: ClusterIP, ports: [{port: 80}]")).Document;

        await server.BeforeUpdateAsync(now, old, false, Cancel);
        await server.AfterUpdateAsync(now, old, Cancel);

        Assert.Single(await AddressesAsync());
        Assert.Empty(await new NodePortAllocator(_raw, BuiltInOptions.Default.NodePorts, new Random(1)).TakenAsync(Cancel));
    }

    [Fact]
    public async Task Headless_and_external_services_take_no_address()
    {
        await RangeAsync("10.96.0.0/24");
        Assert.Null(await Server(1).BeforeCreateAsync(Service("h", "clusterIP: None"), false, Cancel));
        Assert.Null(await Server(1).BeforeCreateAsync(Service("e", "type: ExternalName, externalName: x.y"), false, Cancel));
        Assert.Empty(await AddressesAsync());
    }

    [Fact]
    public async Task Repair_finds_what_a_crash_left()
    {
        await RangeAsync("10.96.0.0/24");
        var time = new FakeTimeProvider();
        var server = Server(1);
        var (kept, lost) = (Service("kept", "type: NodePort, ports: [{port: 80}]"), Service("lost", "type: NodePort, ports: [{port: 80}]"));
        await server.BeforeCreateAsync(kept, false, Cancel);
        await server.BeforeCreateAsync(lost, false, Cancel);
        await _catalog["services"].AddAsync(kept);
        await _catalog["services"].AddAsync(Service("unallocated", "clusterIP: 10.96.0.99, ports: [{port: 80}]"));
        var repair = new ServiceAllocationRepair(_catalog, _raw, BuiltInOptions.Default.NodePorts, time, NullLogger<ServiceAllocationRepair>.Instance);

        await repair.RunOnceAsync(Cancel);
        await repair.RunOnceAsync(Cancel);

        Assert.Equal(new[] { "10.96.0.99", kept["spec"]!["clusterIP"]!.GetValue<string>() }.Order(StringComparer.Ordinal), (await AddressesAsync()).Order(StringComparer.Ordinal));
        Assert.Equal(Ports(kept), (await new NodePortAllocator(_raw, BuiltInOptions.Default.NodePorts, new Random(1)).TakenAsync(Cancel)).Order());
    }

    /// <summary>The repair starts with the server, before bootstrap has made the cluster's ServiceCIDR.</summary>
    [Fact]
    public async Task Repair_waits_for_the_ServiceCIDR_and_not_for_long()
    {
        var (time, log) = (new FakeTimeProvider(), new WarningLog());
        await _catalog["services"].AddAsync(Service("early", "clusterIP: 10.96.0.1, ports: [{port: 443}]"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var running = new ServiceAllocationRepair(_catalog, _raw, BuiltInOptions.Default.NodePorts, time, log).RunAsync(stop.Token);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(await AddressesAsync());

        await RangeAsync("10.96.0.0/24");
        time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(async () =>
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            return (await AddressesAsync()).Any();
        });

        Assert.Empty(log.Warnings);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private ServiceAllocation Server(int seed) => new(new ClusterIPAllocator(_catalog, new Random(seed)), new NodePortAllocator(_raw, BuiltInOptions.Default.NodePorts, new Random(seed)));

    private static JsonObject Service(string name, string spec = "ports: [{port: 80}]") =>
        BuiltIns.Created("services", $"metadata: {{name: {name}, namespace: d}}\nspec: {{{spec}}}");

    private static IEnumerable<int> Ports(JsonObject service) => service.NodePorts;

    private Task RangeAsync(string cidr) =>
        _catalog["servicecidrs", "networking.k8s.io"].AddAsync(BuiltIns.Yaml($"metadata: {{name: kubernetes}}\nspec: {{cidrs: [{cidr}]}}"));

    private async Task<IEnumerable<string>> AddressesAsync() =>
        (await _catalog["ipaddresses", "networking.k8s.io"].Objects.ListAsync(new(""), Cancel)).Objects.Select(o => o.Attributes.Name);

    private sealed class WarningLog : ILogger<ServiceAllocationRepair>
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                Warnings.Enqueue(formatter(state, exception));
        }
    }
}
