using System.CommandLine;
using Ballast.Admin.Backups;
using Ballast.Admin.Backups.Schedules;
using Ballast.Admin.Backups.Targets;
using Ballast.Admin.Clusters;

namespace Ballast.Commands.Etcd;

/// <summary>The options that say where backups are; without them it is where the cluster's schedule puts them.</summary>
internal sealed class BackupTargetSelection
{
    private readonly ClusterOrMachine _scope;

    private readonly Option<string?> _target = new("--target")
    {
        Description = "Where the backups are: a folder's full path, or a bucket as https://HOST/BUCKET/PREFIX. By default where the schedule puts them.",
        HelpName = "TARGET",
    };

    private readonly Option<string?> _credentials = new("--s3-credentials") { Description = "The file with a bucket's credentials, in the form of AWS's own tools.", HelpName = "FILE" };

    public BackupTargetSelection(Command command, ClusterOrMachine scope)
    {
        _scope = scope;
        command.Options.Add(_target);
        command.Options.Add(_credentials);
    }

    public string? Named(ParseResult result) => result.GetValue(_target);

    public string? Credentials(ParseResult result) => result.GetValue(_credentials);

    /// <summary>Runs with the backups of the target.</summary>
    public async Task<int> WithStoreAsync(ParseResult result, Func<BackupStore, Task<int>> run)
    {
        using var target = Open(result);
        return await run(new BackupStore(target, TimeProvider.System));
    }

    private IBackupTarget Open(ParseResult result)
    {
        if (Named(result) is { } named)
            return BackupTarget.Open(named, Credentials(result));
        var first = _scope.Machine(result) ?? (_scope.Cluster(result) is { Exists: true } directory ? directory.Paths(directory.Load().ControlPlaneHosts.First()) : null);
        return first is not null && BackupSettings.Find(first) is { } settings
            ? BackupTarget.Open(settings.Target, Credentials(result) ?? BackupSettings.S3CredentialsOn(first))
            : throw new ClusterException("no backups are scheduled, so their place has to be named with --target", 2)
            {
                Hint = $"--target /var/backups/etcd, or: ballast etcd snapshot schedule \"0 */6 * * *\" --target /var/backups/etcd --key FILE{_scope.Again(result)}",
            };
    }
}
