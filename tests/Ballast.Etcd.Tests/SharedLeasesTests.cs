using Microsoft.Extensions.Time.Testing;
using NSubstitute;

namespace Ballast.Etcd.Tests;

public sealed class SharedLeasesTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly ILeases _etcd = Substitute.For<ILeases>();
    private readonly FakeTimeProvider _time = new();
    private readonly SharedLeases _shared;
    private long _granted;

    public SharedLeasesTests()
    {
        _etcd.GrantAsync(Arg.Any<long>(), Arg.Any<CancellationToken>()).Returns(_ => ++_granted);
        _shared = new SharedLeases(_etcd, _time);
    }

    private Task<long> GetAsync(TimeSpan ttl) => _shared.GetAsync(ttl, TestContext.Current.CancellationToken);

    [Fact]
    public async Task Keys_that_end_together_share_a_lease()
    {
        Assert.Equal(1, await GetAsync(Hour));
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(1, await GetAsync(Hour));
        _time.Advance(TimeSpan.FromSeconds(2)); // now it would end before its hour is over
        Assert.Equal(2, await GetAsync(Hour));
        await _etcd.Received().GrantAsync(3660, Arg.Any<CancellationToken>());
    }

    [Fact]
    public async Task A_short_life_does_not_get_a_long_lease()
    {
        await GetAsync(Hour);
        Assert.Equal(2, await GetAsync(TimeSpan.FromMinutes(10)));
    }

    [Fact]
    public async Task A_lease_has_at_most_a_thousand_keys()
    {
        for (var i = 0; i < 1000; i++)
            Assert.Equal(1, await GetAsync(Hour));
        Assert.Equal(2, await GetAsync(Hour));
    }
}
