using Ballast.ComponentBase.Commands;
using Ballast.ComponentBase.Flags;

namespace Ballast.Client.LeaderElection;

/// <summary>The <c>--leader-elect*</c> flags of a component, as upstream has them.</summary>
public sealed class LeaderElectionFlags
{
    private readonly Flag<bool> _elect;
    private readonly Flag<TimeSpan> _leaseDuration;
    private readonly Flag<TimeSpan> _renewDeadline;
    private readonly Flag<TimeSpan> _retryPeriod;
    private readonly Flag<string> _lock;
    private readonly Flag<string> _name;
    private readonly Flag<string> _namespace;

    public LeaderElectionFlags(FlagSet flags, string component)
    {
        var defaults = LeaderElectionOptions.Default;
        _elect = flags.Bool("leader-elect", true, "Start a leader election client and gain leadership before executing the main loop. Enable this when running replicated components for high availability.");
        _leaseDuration = flags.Duration("leader-elect-lease-duration", defaults.LeaseDuration, "The duration that non-leader candidates will wait after observing a leadership renewal until attempting to acquire leadership of a led but unrenewed leader slot.");
        _renewDeadline = flags.Duration("leader-elect-renew-deadline", defaults.RenewDeadline, "The interval between attempts by the acting master to renew a leadership slot before it stops leading. This must be less than the lease duration.");
        _retryPeriod = flags.Duration("leader-elect-retry-period", defaults.RetryPeriod, "The duration the clients should wait between attempting acquisition and renewal of a leadership.");
        _lock = flags.String("leader-elect-resource-lock", "leases", "The type of resource object that is used for locking during leader election. Supported: 'leases'.");
        _name = flags.String("leader-elect-resource-name", component, "The name of resource object that is used for locking during leader election.");
        _namespace = flags.String("leader-elect-resource-namespace", "kube-system", "The namespace of resource object that is used for locking during leader election.");
    }

    public bool Enabled => _elect.Value;

    public string ResourceName => _name.Value;

    public string ResourceNamespace => _namespace.Value;

    /// <exception cref="UsageException">The times do not fit together.</exception>
    public LeaderElectionOptions Options
    {
        get
        {
            if (_lock.Value != "leases")
                throw new UsageException($"--leader-elect-resource-lock={_lock.Value}: only \"leases\" is supported", 2);
            var options = new LeaderElectionOptions(_leaseDuration.Value, _renewDeadline.Value, _retryPeriod.Value);
            return options.Problem is { } problem ? throw new UsageException($"leader election: {problem}", 2) : options;
        }
    }
}
