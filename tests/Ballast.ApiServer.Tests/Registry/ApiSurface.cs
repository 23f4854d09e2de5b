namespace Ballast.ApiServer.Tests.Registry;

/// <summary>
/// What a client's discovery must find: each resource and subresource with its kind, scope and verbs. <c>*</c> stands for all eight verbs, <c>fields</c> for get, patch and update.
/// </summary>
internal static class ApiSurface
{
    public const string Expected = """
        # v1
        bindings Binding ns create
        componentstatuses ComponentStatus cluster get,list short=cs
        configmaps ConfigMap ns * short=cm
        endpoints Endpoints ns * short=ep
        events Event ns * short=ev
        limitranges LimitRange ns * short=limits
        namespaces Namespace cluster create,delete,get,list,patch,update,watch short=ns
        namespaces/finalize Namespace cluster update
        namespaces/status Namespace cluster fields
        nodes Node cluster * short=no
        nodes/proxy NodeProxyOptions cluster create,delete,get,patch,update
        nodes/status Node cluster fields
        persistentvolumeclaims PersistentVolumeClaim ns * short=pvc
        persistentvolumeclaims/status PersistentVolumeClaim ns fields
        persistentvolumes PersistentVolume cluster * short=pv
        persistentvolumes/status PersistentVolume cluster fields
        pods Pod ns * short=po in=all
        pods/attach PodAttachOptions ns create,get
        pods/binding Binding ns create
        pods/ephemeralcontainers Pod ns fields
        pods/eviction policy/v1/Eviction ns create
        pods/exec PodExecOptions ns create,get
        pods/log Pod ns get
        pods/portforward PodPortForwardOptions ns create,get
        pods/proxy PodProxyOptions ns create,delete,get,patch,update
        pods/resize Pod ns fields
        pods/status Pod ns fields
        podtemplates PodTemplate ns *
        replicationcontrollers ReplicationController ns * short=rc in=all
        replicationcontrollers/scale autoscaling/v1/Scale ns fields
        replicationcontrollers/status ReplicationController ns fields
        resourcequotas ResourceQuota ns * short=quota
        resourcequotas/status ResourceQuota ns fields
        secrets Secret ns *
        serviceaccounts ServiceAccount ns * short=sa
        serviceaccounts/token authentication.k8s.io/v1/TokenRequest ns create
        services Service ns * short=svc in=all
        services/proxy ServiceProxyOptions ns create,delete,get,patch,update
        services/status Service ns fields

        # apiregistration.k8s.io/v1
        apiservices APIService cluster * in=api-extensions
        apiservices/status APIService cluster fields

        # apps/v1
        controllerrevisions ControllerRevision ns *
        daemonsets DaemonSet ns * short=ds in=all
        daemonsets/status DaemonSet ns fields
        deployments Deployment ns * short=deploy in=all
        deployments/scale autoscaling/v1/Scale ns fields
        deployments/status Deployment ns fields
        replicasets ReplicaSet ns * short=rs in=all
        replicasets/scale autoscaling/v1/Scale ns fields
        replicasets/status ReplicaSet ns fields
        statefulsets StatefulSet ns * short=sts in=all
        statefulsets/scale autoscaling/v1/Scale ns fields
        statefulsets/status StatefulSet ns fields

        # events.k8s.io/v1
        events Event ns * short=ev

        # authentication.k8s.io/v1
        selfsubjectreviews SelfSubjectReview cluster create
        tokenreviews TokenReview cluster create

        # authorization.k8s.io/v1
        localsubjectaccessreviews LocalSubjectAccessReview ns create
        selfsubjectaccessreviews SelfSubjectAccessReview cluster create
        selfsubjectrulesreviews SelfSubjectRulesReview cluster create
        subjectaccessreviews SubjectAccessReview cluster create

        # autoscaling/v2
        horizontalpodautoscalers HorizontalPodAutoscaler ns * short=hpa in=all
        horizontalpodautoscalers/status HorizontalPodAutoscaler ns fields

        # autoscaling/v1
        horizontalpodautoscalers HorizontalPodAutoscaler ns * short=hpa in=all
        horizontalpodautoscalers/status HorizontalPodAutoscaler ns fields

        # batch/v1
        cronjobs CronJob ns * short=cj in=all
        cronjobs/status CronJob ns fields
        jobs Job ns * in=all
        jobs/status Job ns fields

        # certificates.k8s.io/v1
        certificatesigningrequests CertificateSigningRequest cluster * short=csr
        certificatesigningrequests/approval CertificateSigningRequest cluster fields
        certificatesigningrequests/status CertificateSigningRequest cluster fields

        # networking.k8s.io/v1
        ingressclasses IngressClass cluster *
        ingresses Ingress ns * short=ing
        ingresses/status Ingress ns fields
        ipaddresses IPAddress cluster * short=ip
        networkpolicies NetworkPolicy ns * short=netpol
        servicecidrs ServiceCIDR cluster *
        servicecidrs/status ServiceCIDR cluster fields

        # policy/v1
        poddisruptionbudgets PodDisruptionBudget ns * short=pdb
        poddisruptionbudgets/status PodDisruptionBudget ns fields

        # rbac.authorization.k8s.io/v1
        clusterrolebindings ClusterRoleBinding cluster *
        clusterroles ClusterRole cluster *
        rolebindings RoleBinding ns *
        roles Role ns *

        # storage.k8s.io/v1
        csidrivers CSIDriver cluster *
        csinodes CSINode cluster *
        csistoragecapacities CSIStorageCapacity ns *
        storageclasses StorageClass cluster * short=sc
        volumeattachments VolumeAttachment cluster *
        volumeattachments/status VolumeAttachment cluster fields
        volumeattributesclasses VolumeAttributesClass cluster * short=vac

        # admissionregistration.k8s.io/v1
        mutatingadmissionpolicies MutatingAdmissionPolicy cluster * in=api-extensions
        mutatingadmissionpolicybindings MutatingAdmissionPolicyBinding cluster * in=api-extensions
        mutatingwebhookconfigurations MutatingWebhookConfiguration cluster * in=api-extensions
        validatingadmissionpolicies ValidatingAdmissionPolicy cluster * in=api-extensions
        validatingadmissionpolicies/status ValidatingAdmissionPolicy cluster fields
        validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding cluster * in=api-extensions
        validatingwebhookconfigurations ValidatingWebhookConfiguration cluster * in=api-extensions

        # apiextensions.k8s.io/v1
        customresourcedefinitions CustomResourceDefinition cluster * short=crd,crds in=api-extensions
        customresourcedefinitions/status CustomResourceDefinition cluster fields

        # scheduling.k8s.io/v1
        priorityclasses PriorityClass cluster * short=pc

        # coordination.k8s.io/v1
        leases Lease ns *

        # node.k8s.io/v1
        runtimeclasses RuntimeClass cluster *

        # discovery.k8s.io/v1
        endpointslices EndpointSlice ns *

        # resource.k8s.io/v1
        deviceclasses DeviceClass cluster *
        resourceclaims ResourceClaim ns *
        resourceclaims/status ResourceClaim ns fields
        resourceclaimtemplates ResourceClaimTemplate ns *
        resourceslices ResourceSlice cluster *

        # flowcontrol.apiserver.k8s.io/v1
        flowschemas FlowSchema cluster *
        flowschemas/status FlowSchema cluster fields
        prioritylevelconfigurations PriorityLevelConfiguration cluster *
        prioritylevelconfigurations/status PriorityLevelConfiguration cluster fields
        """;
}
