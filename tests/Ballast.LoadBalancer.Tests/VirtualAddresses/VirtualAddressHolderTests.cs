using System.Net;
using Ballast.Client.LeaderElection;
using Ballast.LoadBalancer.VirtualAddresses;
using k8s.Autorest;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.LoadBalancer.Tests.VirtualAddresses;

public sealed class VirtualAddressHolderTests
{
    private static readonly VirtualAddress Vip = new(IPAddress.Parse("192.0.2.10"), 24, "eth0");

    private readonly FakeTimeProvider _time = new();
    private readonly SharedLease _lease = new();

    private CancellationToken Cancel { get; } = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_holder_that_cannot_renew_has_lost_the_address_before_another_has_it()
    {
        using var one = new Candidate(this, "one");
        using var two = new Candidate(this, "two");
        one.Start();
        await UntilAsync(() => one.Link.Has, TimeSpan.FromSeconds(2), one, two);
        two.Start();
        await UntilAsync(() => false, TimeSpan.FromSeconds(10), one, two);
        Assert.True(one.Link.Has);

        one.Lock.IsCutOff = true;
        await UntilAsync(() => two.Link.Has, TimeSpan.FromSeconds(10), one, two);
        Assert.True(two.Link.Has);
        Assert.False(one.Link.Has);

        // It is back, and a candidate again.
        one.Lock.IsCutOff = false;
        await two.StopAsync();
        await UntilAsync(() => one.Link.Has, TimeSpan.FromSeconds(4), one, two);
        Assert.True(one.Link.Has);
        await one.StopAsync();
    }

    [Fact]
    public async Task One_that_hangs_loses_it_by_the_kernel_alone()
    {
        using var one = new Candidate(this, "one");
        using var two = new Candidate(this, "two");
        one.Start();
        await UntilAsync(() => one.Link.Has, TimeSpan.FromSeconds(2), one, two);
        two.Start();
        one.Link.Hangs = true;
        one.Lock.IsCutOff = true;
        await UntilAsync(() => two.Link.Has, TimeSpan.FromSeconds(10), one, two);
        Assert.True(two.Link.Has);
        one.Link.Hangs = false;
        await two.StopAsync();
        await one.StopAsync();
    }

    [Fact]
    public async Task The_address_is_gone_before_the_lease_is_let_go()
    {
        using var one = new Candidate(this, "one");
        one.Link.Left = true;
        one.Start();
        await UntilAsync(() => one.Link.Has, TimeSpan.FromSeconds(2), one);
        Assert.Equal("remove", one.Link.Calls[0]);
        _lease.Released = () => Assert.False(one.Link.Has);
        Assert.Equal(LeadershipEnd.Stopped, await one.StopAsync());
        Assert.Equal("", _lease.Read().Record!.HolderIdentity);
        Assert.Equal("remove", one.Link.Calls[^1]);
    }

    [Fact]
    public async Task Neighbours_are_told_often_at_first_and_now_and_then_later()
    {
        using var one = new Candidate(this, "one");
        one.Start();
        await UntilAsync(() => one.Link.Announced == 5, TimeSpan.FromSeconds(6), one);
        await UntilAsync(() => one.Link.Announced == 6, TimeSpan.FromSeconds(20), one);
        Assert.Equal(5, one.Link.Announced);
        await UntilAsync(() => one.Link.Announced == 6, TimeSpan.FromSeconds(12), one);
        Assert.Equal(6, one.Link.Announced);
        await one.StopAsync();
    }

    [Theory]
    [InlineData("192.0.2.10", "eth0", "with its prefix")]
    [InlineData("192.0.2.10/33", "eth0", "at most 32")]
    [InlineData("fe80::1/64", "eth0", "no address that clients elsewhere could use")]
    [InlineData("2001:db8::1/129", "eth0", "with its prefix")]
    [InlineData("192.0.2.10/24", "", "--interface is missing")]
    public void What_cannot_be_held_is_refused(string vip, string link, string words) =>
        Assert.Contains(words, Assert.Throws<Ballast.ComponentBase.Commands.UsageException>(() => VirtualAddress.Parse(vip, link)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_announcement_is_an_ARP_request_for_the_own_address() => Assert.Equal(
        "FFFFFFFFFFFF" + "020000000001" + "0806" + "0001" + "0800" + "0604" + "0001" + "020000000001" + "C000020A" + "000000000000" + "C000020A",
        Convert.ToHexString(new GratuitousArp(Vip.Address, [2, 0, 0, 0, 0, 1], 1).Frame()));

    [Fact]
    public void An_IPv6_address_is_announced_by_an_advertisement_that_overrides() => Assert.Equal(
        "8800" + "0000" + "20000000" + "20010DB8000000000000000000000010" + "0201" + "020000000001",
        Convert.ToHexString(new NeighborAdvertisement(IPAddress.Parse("2001:db8::10"), [2, 0, 0, 0, 0, 1], 1).Packet()));

    [Theory]
    [InlineData("192.0.2.10/24", "ballast-vip-192-0-2-10")]
    [InlineData("2001:db8::/64", "ballast-vip-2001-0db8-0000-0000-0000-0000-0000-0000")]
    public void Its_lease_is_named_after_it(string vip, string lease) => Assert.Equal(lease, VirtualAddress.Parse(vip, "eth0").LeaseName);

    /// <summary>Lets time go by until it is so, and sees at every moment that no two have the address.</summary>
    private async Task UntilAsync(Func<bool> holds, TimeSpan within, params Candidate[] all)
    {
        for (var gone = TimeSpan.Zero; gone < within && !holds(); gone += TimeSpan.FromMilliseconds(100))
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(5, Cancel);
            Assert.True(all.Count(c => c.Link.Has) < 2, "two have the address");
        }
    }

    private sealed class Candidate(VirtualAddressHolderTests test, string identity) : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private Task<LeadershipEnd>? _run;

        public KernelInterface Link { get; } = new(test._time);

        public Lock Lock { get; } = new(test._lease, identity);

        public void Start() => _run = new VirtualAddressHolder(Vip, Link, Lock, test._time, NullLogger<VirtualAddressHolder>.Instance).RunAsync(_stop.Token);

        public void Dispose() => _stop.Dispose();

        public async Task<LeadershipEnd> StopAsync()
        {
            await _stop.CancelAsync();
            while (!_run!.IsCompleted)
            {
                test._time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Delay(5, test.Cancel);
            }
            return await _run;
        }
    }

    /// <summary>Counts the address's lifetime as Linux does, in whole seconds.</summary>
    private sealed class KernelInterface(TimeProvider time) : IInterface
    {
        private DateTimeOffset _until = DateTimeOffset.MinValue;

        public List<string> Calls { get; } = [];

        public int Announced { get; private set; }

        /// <summary>The process hangs: nothing that it wants is done.</summary>
        public bool Hangs { get; set; }

        /// <summary>A predecessor left the address.</summary>
        public bool Left { get; set; }

        public bool Has => Left || time.GetUtcNow() < _until;

        public async Task KeepAsync(TimeSpan lifetime, CancellationToken cancel)
        {
            while (Hangs)
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, CancellationToken.None);
            Assert.InRange(lifetime, TimeSpan.FromSeconds(1), VirtualAddressHolder.Options.RenewDeadline);
            Calls.Add("keep");
            _until = time.GetUtcNow() + TimeSpan.FromSeconds((int)lifetime.TotalSeconds);
        }

        public async Task RemoveAsync(CancellationToken cancel)
        {
            while (Hangs)
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, CancellationToken.None);
            Calls.Add("remove");
            (_until, Left) = (DateTimeOffset.MinValue, false);
        }

        public void Announce() => Announced++;
    }

    private sealed class SharedLease
    {
        private readonly System.Threading.Lock _gate = new();
        private LeaderElectionRecord? _record;
        private int _version;

        public Action Released { get; set; } = () => { };

        public (LeaderElectionRecord? Record, int Version) Read()
        {
            lock (_gate)
                return (_record, _version);
        }

        public int Write(LeaderElectionRecord record, int expected)
        {
            lock (_gate)
            {
                if (expected != _version)
                    throw new HttpOperationException("conflict") { Response = new(new HttpResponseMessage(HttpStatusCode.Conflict), "") };
                if (record.HolderIdentity.Length == 0)
                    Released();
                _record = record;
                return ++_version;
            }
        }
    }

    private sealed class Lock(SharedLease lease, string identity) : ILeaderLock
    {
        private int _version;

        public bool IsCutOff { get; set; }

        public string Identity => identity;

        public string Description => "default/ballast-vip";

        public Task<LeaderElectionRecord?> GetAsync(CancellationToken cancel)
        {
            Connect();
            (var record, _version) = lease.Read();
            return Task.FromResult(record);
        }

        public Task CreateAsync(LeaderElectionRecord record, CancellationToken cancel) => Write(record, 0);

        public Task UpdateAsync(LeaderElectionRecord record, CancellationToken cancel) => Write(record, _version);

        public Task WaitForChangeAsync(CancellationToken cancel) => Task.Delay(Timeout.Infinite, cancel);

        public void RecordEvent(string what)
        {
        }

        private Task Write(LeaderElectionRecord record, int expected)
        {
            Connect();
            _version = lease.Write(record, expected);
            return Task.CompletedTask;
        }

        private void Connect()
        {
            if (IsCutOff)
                throw new HttpRequestException("cut off");
        }
    }
}
