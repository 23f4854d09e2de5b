using System.Globalization;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests.Hosts;

/// <summary>A machine of its own: root folder <c>/</c>, and systemd to keep the kubelet running.</summary>
[Trait("Category", "Long")]
public sealed class SystemdTests
{
    [Fact]
    public async Task Systemd_keeps_a_control_plane_running_over_a_kill_and_a_restart_of_the_machine()
    {
        await using var machine = await SystemdMachine.StartAsync();
        await FreeOfDebiansEtcdAsync(machine);
        var init = await machine.RunAsync(TestCluster.Program, "init", "--control-plane-endpoint", SystemdMachine.Name, "--apiserver-advertise-address", SystemdMachine.Address);
        init.MustSucceed();
        await ReadyAsync(machine);
        Assert.Equal("active", (await machine.RunAsync("systemctl", "is-active", "ballast-certs-renew.timer")).Output.Trim());
        (await machine.RunAsync("systemctl", "start", "ballast-certs-renew.service")).MustSucceed();

        // The kubelet is killed: systemd starts it again, and what it ran goes on.
        var etcd = await PidAsync(machine, "/usr/bin/etcd");
        var kubelet = await MainPidAsync(machine);
        (await machine.RunAsync("kill", "-9", kubelet.ToString(CultureInfo.InvariantCulture))).MustSucceed();
        await TestCluster.EventuallyAsync(async () => await MainPidAsync(machine) is var id && id != 0 && id != kubelet, TimeSpan.FromSeconds(20), "another kubelet");
        (await machine.RunAsync("systemctl", "restart", "kubelet")).MustSucceed();
        await ReadyAsync(machine);
        Assert.Equal(etcd, await PidAsync(machine, "/usr/bin/etcd"));

        // The power is cut: the machine comes back with its cluster.
        (await machine.RunAsync("kubectl", "create", "configmap", "kept", "--from-literal=a=1")).MustSucceed();
        await machine.SwitchOffAsync();
        await machine.SwitchOnAsync();
        await TestCluster.EventuallyAsync(async () => (await machine.RunAsync("kubectl", "get", "configmap", "kept", "-o", "jsonpath={.data.a}")).Output == "1", TimeSpan.FromSeconds(60), "the API is back");
        await ReadyAsync(machine);

        // Back to a snapshot: the kubelet is stopped for it, and started again, as systemd's.
        (await machine.RunAsync(TestCluster.Program, "etcd", "snapshot", "save", "/srv/kept.db")).MustSucceed();
        (await machine.RunAsync("kubectl", "create", "configmap", "gone")).MustSucceed();
        (await machine.RunAsync(TestCluster.Program, "etcd", "snapshot", "restore", "/srv/kept.db", "--yes")).MustSucceed();
        (await machine.RunAsync("kubectl", "get", "configmap", "kept")).MustSucceed();
        Assert.Equal(1, (await machine.RunAsync("kubectl", "get", "configmap", "gone")).Code);
        Assert.Equal("active", (await machine.RunAsync("systemctl", "is-active", "kubelet")).Output.Trim());
        await ReadyAsync(machine);

        (await machine.RunAsync(TestCluster.Program, "reset", "--yes")).MustSucceed();
        Assert.Equal("inactive", (await machine.RunAsync("systemctl", "is-active", "kubelet")).Output.Trim());
        Assert.NotEqual(0, (await machine.RunAsync("systemctl", "cat", "kubelet", "ballast-certs-renew.timer")).Code);
        Assert.NotEqual(0, (await machine.RunAsync("pgrep", "-f", TestCluster.Program)).Code);
    }

    /// <summary>The unit of Debian's package would take the member's port when the machine starts the next time: <c>init</c> says so, and changes nothing.</summary>
    private static async Task FreeOfDebiansEtcdAsync(SystemdMachine machine)
    {
        (await machine.RunAsync("systemctl", "stop", "etcd")).MustSucceed();
        (await machine.RunAsync("sh", "-c", "rm -rf /var/lib/etcd/*")).MustSucceed();
        (await machine.RunAsync("systemctl", "enable", "etcd")).MustSucceed();
        var refused = await machine.RunAsync(TestCluster.Program, "init", "--control-plane-endpoint", SystemdMachine.Name, "--apiserver-advertise-address", SystemdMachine.Address);
        Assert.Equal(1, refused.Code);
        Assert.Contains("[Service-etcd]", refused.Error, StringComparison.Ordinal);
        Assert.Contains("systemctl disable --now etcd", refused.Error, StringComparison.Ordinal);
        (await machine.RunAsync("systemctl", "disable", "--now", "etcd")).MustSucceed();
    }

    private static Task ReadyAsync(SystemdMachine machine) =>
        TestCluster.EventuallyAsync(async () => (await machine.RunAsync(TestCluster.Program, "status")).Code == 0, TimeSpan.FromSeconds(90), "nothing is wrong");

    private static async Task<int> MainPidAsync(SystemdMachine machine) =>
        int.Parse((await machine.RunAsync("systemctl", "show", "--property", "MainPID", "--value", "kubelet")).MustSucceed().Output, CultureInfo.InvariantCulture);

    private static async Task<string> PidAsync(SystemdMachine machine, string command) =>
        (await machine.RunAsync("pgrep", "-f", $"^{command}")).MustSucceed().Output;
}
