using Ballast.Admin.Clusters;
using Ballast.Admin.Restore;

namespace Ballast.Admin.Tests.Restore;

public sealed class FreeSpaceTests
{
    [Fact]
    public void What_folders_of_one_disk_need_is_added_up()
    {
        var folder = Path.GetTempPath().TrimEnd('/');
        var free = new DriveInfo(folder).AvailableFreeSpace;
        var half = free / 2 + (1 << 30);
        FreeSpace.Require([(folder, half)]);
        var refused = Assert.Throws<ClusterException>(() => FreeSpace.Require([(folder, half), (folder + "/below", half)]));
        Assert.Matches("^/.* has [0-9]+Mi free, and [0-9]+Mi are needed; nothing was touched$", refused.Message);
    }
}
