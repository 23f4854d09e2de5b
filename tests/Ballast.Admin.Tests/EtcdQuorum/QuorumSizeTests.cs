using Ballast.Admin.EtcdQuorum;

namespace Ballast.Admin.Tests.EtcdQuorum;

public sealed class QuorumSizeTests
{
    [Theory]
    [InlineData(1, 1, 1, 0)]
    [InlineData(2, 2, 2, 0)]
    [InlineData(3, 3, 2, 1)]
    [InlineData(4, 4, 3, 1)]
    [InlineData(5, 4, 3, 1)]
    [InlineData(7, 7, 4, 3)]
    public void A_majority_is_needed_and_the_rest_may_fail(int voters, int healthy, int needed, int mayFail)
    {
        var size = new QuorumSize(voters, healthy);
        Assert.Equal((needed, mayFail, true), (size.Needed, size.MayFail, size.Holds));
    }

    [Fact]
    public void No_removal_that_is_allowed_ends_the_quorum_and_none_that_is_refused_was_harmless()
    {
        for (var voters = 1; voters <= 9; voters++)
        {
            for (var healthy = 0; healthy <= voters; healthy++)
            {
                foreach (var target in new[] { true, false }.Where(t => t ? healthy > 0 : healthy < voters))
                {
                    var size = new QuorumSize(voters, healthy);
                    var left = healthy - (target ? 1 : 0);
                    // Raft needs a majority of the old members to agree, and the new ones must be able to go on.
                    var harmless = voters > 1 && healthy > voters / 2 && left > (voters - 1) / 2;
                    Assert.Equal(harmless, size.RefusalToRemove("m", target) is null);
                }
            }
        }
    }

    [Fact]
    public void The_refusal_shows_the_numbers() =>
        Assert.Equal("2 of 3 members are healthy: without etcd-1 1 of 2 would be, and 2 are needed, so writes would stop", new QuorumSize(3, 2).RefusalToRemove("etcd-1", healthy: true));
}
