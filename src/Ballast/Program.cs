using System.CommandLine;
using Ballast.Admin.Backups.Schedules;
using Ballast.ApiServer;
using Ballast.Commands;
using Ballast.Commands.Certs;
using Ballast.Commands.Etcd;
using Ballast.Commands.Upgrade;
using Ballast.ComponentBase.Commands;
using Ballast.ControllerManager;
using Ballast.Kubelet;
using Ballast.LoadBalancer;
using Ballast.Scheduler;

var root = new RootCommand("Ballast: a highly available Kubernetes control plane.")
{
    // A cluster on this machine.
    UpCommand.Create(),
    DownCommand.Create(),
    StatusCommand.Create(),
    KubeconfigCommand.Create(),
    LogsCommand.Create(),
    NodeCommand.Create(),
    ComponentCommands.Create(),
    EtcdCommand.Create(),
    LbCommand.Create(),
    CertsCommand.Create(),
    UpgradeCommand.Create(),

    // A cluster on machines, one host at a time.
    InitCommand.Create(),
    JoinCommand.Create(),
    ResetCommand.Create(),
    TokenCommand.Create(),

    // One component each.
    KubeSchedulerCommand.Create(),
    KubeControllerManagerCommand.Create(),
    KubeletCommand.Create(),
    LoadBalancerCommand.Create(),
    KubeApiServerCommand.Create(),
    BackupControllerCommand.Create(),

    CompletionCommand.Create(),
    InstallPackagesCommand.Create(),
};
root.ShowExamplesInHelp();
return await CommandLine.InvokeAsync(root, args);
