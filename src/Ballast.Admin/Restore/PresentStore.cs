using Ballast.Admin.Backups;
using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Hosts;
using Ballast.Etcd;

namespace Ballast.Admin.Restore;

/// <summary>What the hosts at hand have in etcd now, whether their members run or not. Only reads.</summary>
internal sealed class PresentStore(IRestoreSite site, TimeProvider time)
{
    private const int Attempts = 5;

    /// <summary>What a host's data is at, by its file, a moment behind where its member runs; null where there is none, or it is damaged.</summary>
    public static long? RevisionOn(Host host)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new EtcdDatabaseFile(EtcdDatabaseFile.In(host.Paths.EtcdData)).Revision();
            }
            catch (FileNotFoundException)
            {
                return null;
            }
            catch (InvalidDataException)
            {
                // Its member was just writing; or it is damaged.
                if (attempt == Attempts)
                    return null;
            }
        }
    }

    /// <summary>The size of a host's data.</summary>
    public static long BytesOn(Host host) => new DirectoryInfo(EtcdDataFolders.DataIn(host.Paths.EtcdData)).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);

    /// <summary>The newest that is known of: on any host, or what the last restore began with; 0 where nothing is.</summary>
    public long Revision() => Math.Max(site.Hosts.Max(RevisionOn) ?? 0, site.Journals.Last?.Revision ?? 0);

    /// <summary>Whose store it is: any member is asked, and where none answers, a copy of what one that does not run has on its disk. Null where there is nothing to ask.</summary>
    public async Task<StoreIdentity?> IdentityAsync(string workFolder, CancellationToken cancel)
    {
        try
        {
            using var etcd = ClusterEtcd.Connect(site.Hosts, time);
            return await StoreIdentity.ReadAsync(etcd.KeyValues, site.Prefix, cancel);
        }
        catch (EtcdException)
        {
            // The data has to do.
        }
        foreach (var host in site.Hosts.Where(h => RevisionOn(h) is not null && !new HostProcesses(h.Paths).List().Any(p => p.Component == "etcd")))
        {
            try
            {
                await using var copy = await ScratchEtcd.FromDataAsync(host.Paths.EtcdData, workFolder, time, cancel);
                return await StoreIdentity.ReadAsync(copy.Client.KeyValues, site.Prefix, cancel);
            }
            catch (ClusterException)
            {
                // Damaged: the next one.
            }
        }
        return null;
    }
}
