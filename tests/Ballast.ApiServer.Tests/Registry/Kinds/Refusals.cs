namespace Ballast.ApiServer.Tests.Registry.Kinds;

/// <summary>
/// What upstream refuses of each kind, and in which words. A block begins with the resource; each line is a document (without what does not matter) and the
/// error, one of those it must give. <c>$T</c> is a pod template's fields, <c>$P</c> a pod spec of one container, <c>$DEVICES</c> a claim's request for one device.
/// </summary>
internal static class Refusals
{
    public const string Text = """
        # configmaps
        metadata: {name: A_b} => metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
        metadata: {labels: {a/b/c: d}} => metadata.labels: Invalid value: "a/b/c": a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')
        metadata: {annotations: {"": d}} => metadata.annotations: Invalid value: "": name part must be non-empty
        metadata: {ownerReferences: [{apiVersion: v1, kind: Pod, name: p}]} => metadata.ownerReferences.uid: Invalid value: "": must not be empty
        metadata: {finalizers: [orphan, foregroundDeletion]} => metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizers orphan and foregroundDeletion cannot be both set

        # endpoints
        subsets: [{addresses: [{ip: 10.0.0}], ports: [{port: 1}]}] => subsets[0].addresses[0].ip: Invalid value: "10.0.0": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)

        # events
        involvedObject: {kind: Pod, namespace: other} => involvedObject.namespace: Invalid value: "other": does not match event.namespace

        # limitranges
        spec: {limits: [{type: Pod, default: {cpu: 1}}]} => spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'
        spec: {limits: [{type: Container, min: {cpu: 2}, max: {cpu: 1}}]} => spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1

        # namespaces
        metadata: {name: a.b} => metadata.name: Invalid value: "a.b": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')

        # nodes
        spec: {taints: [{key: a, effect: Never}]} => spec.taints[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"

        # persistentvolumeclaims
        spec: {resources: {requests: {storage: 1Gi}}} => spec.accessModes: Required value: at least 1 access mode is required
        spec: {accessModes: [ReadWriteOncePod, ReadWriteOnce], resources: {requests: {storage: 1Gi}}} => spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes
        spec: {accessModes: [Sometimes], resources: {requests: {storage: 1Gi}}} => spec.accessModes: Unsupported value: "Sometimes": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 0}}} => spec.resources[storage]: Invalid value: 0: must be greater than zero
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, dataSource: {kind: Pod, name: p}} => spec.dataSource: Invalid value: "Pod": must be 'PersistentVolumeClaim' when referencing the default apiGroup

        # persistentvolumes
        spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce]} => spec: Required value: must specify a volume type
        spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], local: {path: /a}} => spec.nodeAffinity: Required value: Local volume requires node affinity
        spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], csi: {driver: d.example.com}} => spec.csi.volumeHandle: Required value
        spec: {capacity: {storage: 1Gi}, hostPath: {path: /a}} => spec.accessModes: Required value

        # podtemplates
        template: {spec: {restartPolicy: Always, containers: []}} => template.spec.containers: Required value

        # pods
        spec: {containers: [{name: a, image: a, securityContext: {privileged: true, allowPrivilegeEscalation: false}}]} => spec.containers[0].securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true

        # replicationcontrollers
        spec: {replicas: -1, selector: {a: b}, $T} => spec.replicas: Invalid value: -1: must be greater than or equal to 0
        spec: {selector: {a: c}, $T} => spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`

        # resourcequotas
        spec: {hard: {cpus: 1}} => spec.hard[cpus]: Invalid value: "cpus": must be a standard resource type or fully qualified
        spec: {scopes: [Everything]} => spec.scopes[0]: Unsupported value: "Everything": supported values: "BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating", "VolumeAttributesClass"

        # secrets
        type: kubernetes.io/dockerconfigjson => data[.dockerconfigjson]: Required value

        # serviceaccounts
        metadata: {name: ''} => metadata.name: Required value: name or generateName is required

        # services
        spec: {ports: [{port: 80, protocol: ICMP}]} => spec.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"

        # mutatingwebhookconfigurations
        webhooks: [{name: a.b, clientConfig: {url: 'https://a'}, sideEffects: None, admissionReviewVersions: [v1]}] => webhooks[0].name: Invalid value: "a.b": should be a domain with at least three segments separated by dots
        webhooks: [{name: a.b.c, clientConfig: {}, sideEffects: None, admissionReviewVersions: [v1]}] => webhooks[0].clientConfig: Required value: exactly one of url or service is required
        webhooks: [{name: a.b.c, clientConfig: {url: 'https://a'}, sideEffects: Some, admissionReviewVersions: [v1]}] => webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"
        webhooks: [{name: a.b.c, clientConfig: {url: 'https://a'}, sideEffects: None, admissionReviewVersions: [v2]}] => webhooks[0].admissionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1

        # validatingwebhookconfigurations
        webhooks: [{name: a.b.c, clientConfig: {url: 'https://a'}, sideEffects: None, timeoutSeconds: 31, admissionReviewVersions: [v1]}] => webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds
        webhooks: [{name: a.b.c, clientConfig: {url: 'https://a'}, sideEffects: None, admissionReviewVersions: [v1], rules: [{operations: ['*', CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods]}]}] => webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations
        webhooks: [{name: a.b.c, clientConfig: {url: 'https://a'}, sideEffects: None, admissionReviewVersions: [v1], rules: [{operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: ['pods/*', pods/log]}]}] => webhooks[0].rules[0].resources[1]: Invalid value: "pods/log": if 'pods/*' is present, must not specify pods/log
        webhooks: [{name: a.b.c, clientConfig: {url: 'https://a'}, sideEffects: None, admissionReviewVersions: [v1], matchConditions: [{name: a}]}] => webhooks[0].matchConditions[0].expression: Required value

        # mutatingadmissionpolicies
        spec: {matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}, reinvocationPolicy: Never} => spec.mutations: Required value: mutations must contain at least one item
        spec: {mutations: [{patchType: JSONPatch}]} => spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch
        spec: {mutations: [{patchType: XMLPatch}]} => spec.mutations[0].patchType: Unsupported value: "XMLPatch": supported values: "ApplyConfiguration", "JSONPatch"

        # validatingadmissionpolicies
        spec: {validations: [{expression: 'true'}]} => spec.matchConstraints: Required value
        spec: {matchConstraints: {}} => spec.matchConstraints.resourceRules: Required value
        spec: {matchConstraints: {}} => spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item
        spec: {validations: [{expression: ' '}]} => spec.validations[0].expression: Required value: expression is not specified
        spec: {validations: [{expression: 'true', reason: Boredom}]} => spec.validations[0].reason: Unsupported value: "Boredom": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"
        spec: {variables: [{name: a-b, expression: 'true'}]} => spec.variables[0].name: Invalid value: "a-b": name is not a valid CEL identifier
        spec: {paramKind: {apiVersion: a/b/c, kind: A}} => spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c

        # mutatingadmissionpolicybindings
        spec: {} => spec.policyName: Required value
        spec: {policyName: p, paramRef: {parameterNotFoundAction: Deny}} => spec.paramRef: Required value: one of name or selector must be specified

        # validatingadmissionpolicybindings
        spec: {policyName: p} => spec.validationActions: Required value: at least one validation action is required
        spec: {policyName: p, validationActions: [Deny, Warn]} => spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)
        spec: {policyName: p, validationActions: [Deny], paramRef: {name: a, selector: {}, parameterNotFoundAction: Deny}} => spec.paramRef.name: Forbidden: name and selector are mutually exclusive

        # customresourcedefinitions
        spec: {group: example.com} => spec.scope: Required value

        # apiservices
        metadata: {name: v1.a}, spec: {group: b.example.com, version: v1} => metadata.name: Invalid value: "v1.a": must be `spec.version+"."+spec.group`: "v1.b.example.com"
        spec: {version: v2, groupPriorityMinimum: 1, versionPriority: 1} => spec.group: Required value: only v1 may have an empty group and it better be legacy kube
        spec: {group: a.example.com, version: v1, groupPriorityMinimum: 20001, versionPriority: 1} => spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000
        spec: {group: a.example.com, version: v1, service: {name: a}} => spec.service.namespace: Required value
        spec: {group: a.example.com, version: v1, caBundle: YWJj} => spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle

        # controllerrevisions
        revision: -1 => revision: Invalid value: -1: must be greater than or equal to 0

        # daemonsets
        spec: {selector: {matchLabels: {a: b}}, updateStrategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 0}}, $T} => spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0
        spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {activeDeadlineSeconds: 5, containers: [{name: a, image: a}]}}} => spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported

        # deployments
        spec: {selector: {}, $T} => spec.selector: Invalid value: {}: empty selector is invalid for deployment
        spec: {selector: {matchLabels: {a: b}}, progressDeadlineSeconds: 5, minReadySeconds: 5, $T} => spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds

        # replicasets
        spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}} => spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"

        # statefulsets
        spec: {selector: {matchLabels: {a: b}}, updateStrategy: {type: Sometimes}, $T} => spec.updateStrategy.type: Invalid value: "Sometimes": must be 'RollingUpdate' or 'OnDelete'
        spec: {selector: {matchLabels: {a: b}}, updateStrategy: {rollingUpdate: {maxUnavailable: 0}}, $T} => spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0
        spec: {selector: {matchLabels: {a: b}}, podManagementPolicy: None, $T} => spec.podManagementPolicy: Invalid value: "None": must be 'OrderedReady' or 'Parallel'

        # horizontalpodautoscalers
        spec: {minReplicas: 0, maxReplicas: 1, scaleTargetRef: {kind: D, name: d}} => spec.minReplicas: Invalid value: 0: must be greater than or equal to 1
        spec: {maxReplicas: 1, scaleTargetRef: {name: d}} => spec.scaleTargetRef.kind: Required value
        spec: {maxReplicas: 1, metrics: [{type: Magic}]} => spec.metrics[0].type: Unsupported value: "Magic": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"
        spec: {maxReplicas: 1, metrics: [{type: Pods}]} => spec.metrics[0].pods: Required value: must populate information for the given metric source
        spec: {maxReplicas: 1, metrics: [{type: Pods, pods: {metric: {name: m}, target: {type: AverageValue}}}]} => spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue
        spec: {maxReplicas: 1, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization}}}]} => spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization
        spec: {maxReplicas: 1, metrics: [{type: External, external: {metric: {name: m}, target: {type: Value, value: 1, averageValue: 1}}}]} => spec.metrics[0].external.target.value: Forbidden: may not set both a target value for metric and a per-pod target
        spec: {maxReplicas: 1, metrics: [{type: Pods, pods: {metric: {name: m}, target: {type: AverageValue, averageValue: 1}}, resource: {}}]} => spec.metrics[0].resource: Forbidden: must populate the given metric source only
        spec: {maxReplicas: 1, behavior: {scaleUp: {stabilizationWindowSeconds: 3601}}} => spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600
        spec: {maxReplicas: 1, behavior: {scaleDown: {selectPolicy: Most}}} => spec.behavior.scaleDown.selectPolicy: Unsupported value: "Most": supported values: "Disabled", "Max", "Min"
        spec: {maxReplicas: 1, behavior: {scaleDown: {policies: [{type: Pods, value: 0, periodSeconds: 1801}]}}} => spec.behavior.scaleDown.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800

        # cronjobs
        spec: {schedule: '* * * * *', concurrencyPolicy: Maybe, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, $P}}}}} => spec.concurrencyPolicy: Unsupported value: "Maybe": supported values: "Allow", "Forbid", "Replace"
        spec: {schedule: '* * * * *', jobTemplate: {spec: {selector: {matchLabels: {a: b}}, template: {spec: {restartPolicy: Never, $P}}}}} => spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated

        # jobs
        spec: {completionMode: Sorted, template: {spec: {restartPolicy: Never, $P}}} => spec.completionMode: Unsupported value: "Sorted": supported values: "NonIndexed", "Indexed"
        spec: {completionMode: Indexed, parallelism: 1, template: {spec: {restartPolicy: Never, $P}}} => spec.completions: Required value: when completion mode is Indexed
        spec: {completionMode: Indexed, completions: 1, parallelism: 100001, template: {spec: {restartPolicy: Never, $P}}} => spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed
        spec: {maxFailedIndexes: 1, template: {spec: {restartPolicy: Never, $P}}} => spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified
        spec: {managedBy: me, template: {spec: {restartPolicy: Never, $P}}} => spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")
        spec: {podFailurePolicy: {rules: [{action: Cry, onExitCodes: {operator: In, values: [1]}}]}, template: {spec: {restartPolicy: Never, $P}}} => spec.podFailurePolicy.rules[0].action: Unsupported value: "Cry": supported values: "Count", "FailIndex", "FailJob", "Ignore"
        spec: {podFailurePolicy: {rules: [{action: FailIndex, onExitCodes: {operator: In, values: [1]}}]}, template: {spec: {restartPolicy: Never, $P}}} => spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set
        spec: {podFailurePolicy: {rules: [{action: Count}]}, template: {spec: {restartPolicy: Never, $P}}} => spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required
        spec: {podFailurePolicy: {rules: [{action: Count, onExitCodes: {operator: In, values: [0]}}]}, template: {spec: {restartPolicy: Never, $P}}} => spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator
        spec: {podFailurePolicy: {rules: [{action: Count, onExitCodes: {operator: In, values: [2, 1]}}]}, template: {spec: {restartPolicy: Never, $P}}} => spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,1]: must be ordered
        spec: {podFailurePolicy: {rules: [{action: Count, onExitCodes: {containerName: z, operator: In, values: [1]}}]}, template: {spec: {restartPolicy: Never, $P}}} => spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "z": must be one of the container or initContainer names in the pod template
        spec: {podFailurePolicy: {rules: []}, template: {spec: {restartPolicy: OnFailure, $P}}} => spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified
        spec: {podFailurePolicy: {rules: []}, podReplacementPolicy: TerminatingOrFailed, template: {spec: {restartPolicy: Never, $P}}} => spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"
        spec: {completionMode: Indexed, completions: 3, successPolicy: {rules: [{succeededIndexes: '0-3'}]}, template: {spec: {restartPolicy: Never, $P}}} => spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0-3": error parsing succeededIndexes: too large index: "3"
        spec: {completionMode: Indexed, completions: 3, successPolicy: {rules: [{succeededIndexes: '2,1'}]}, template: {spec: {restartPolicy: Never, $P}}} => spec.successPolicy.rules[0].succeededIndexes: Invalid value: "2,1": error parsing succeededIndexes: non-increasing order, previous: 2, current: 1
        spec: {completionMode: Indexed, completions: 3, successPolicy: {rules: [{succeededIndexes: '0,1', succeededCount: 3}]}, template: {spec: {restartPolicy: Never, $P}}} => spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)
        spec: {completionMode: Indexed, completions: 3, successPolicy: {rules: [{}]}, template: {spec: {restartPolicy: Never, $P}}} => spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified
        spec: {successPolicy: {rules: []}, template: {spec: {restartPolicy: Never, $P}}} => spec.successPolicy: Invalid value: {"rules":[]}: requires indexed completion mode

        # certificatesigningrequests
        spec: {request: YWJj, signerName: example.com/a, usages: [client auth]} => spec.request: Invalid value: "YWJj": PEM block type must be CERTIFICATE REQUEST
        spec: {request: YWJj, signerName: example.com/a} => spec.usages: Required value
        spec: {request: YWJj, signerName: example.com/a, usages: [client auth, client auth]} => spec.usages[1]: Duplicate value: "client auth"
        spec: {request: YWJj, signerName: example.com, usages: [client auth]} => spec.signerName: Invalid value: "example.com": must be a fully qualified domain and path of the form 'example.com/signer-name'
        spec: {request: YWJj, signerName: com/a, usages: [client auth]} => spec.signerName: Invalid value: "com": should be a domain with at least two segments separated by dots
        spec: {request: YWJj, signerName: kubernetes.io/legacy-unknown, usages: [client auth]} => spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version
        spec: {request: YWJj, signerName: example.com/a, usages: [client auth], expirationSeconds: 599} => spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)

        # leases
        spec: {preferredHolder: a} => spec.preferredHolder: Forbidden: may only be specified when `strategy` is defined
        spec: {strategy: Oldest} => spec.strategy: Unsupported value: "Oldest": supported values: "OldestEmulationVersion"
        spec: {leaseTransitions: -1} => spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0

        # endpointslices
        endpoints: [] => addressType: Required value
        addressType: IPv4, endpoints: [{addresses: []}] => endpoints[0].addresses: Required value: must contain at least 1 address

        # flowschemas
        spec: {matchingPrecedence: 1, priorityLevelConfiguration: {name: a}} => spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1
        spec: {} => spec.priorityLevelConfiguration.name: Required value: must reference a priority level
        spec: {priorityLevelConfiguration: {name: a}, rules: [{subjects: [{kind: User}], nonResourceRules: [{verbs: [get], nonResourceURLs: ['*']}]}]} => spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'
        spec: {priorityLevelConfiguration: {name: a}, rules: [{subjects: [{kind: User, user: {name: a}, group: {name: a}}]}]} => spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'
        spec: {priorityLevelConfiguration: {name: a}, rules: [{subjects: [{kind: User, user: {name: a}}], resourceRules: [{verbs: [fly], apiGroups: ['*'], resources: ['*'], clusterScope: true}]}]} => spec.rules[0].resourceRules[0].verbs: Unsupported value: ["fly"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"
        spec: {priorityLevelConfiguration: {name: a}, rules: [{subjects: [{kind: User, user: {name: a}}], resourceRules: [{verbs: [get], apiGroups: ['*'], resources: ['*']}]}]} => spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace
        spec: {priorityLevelConfiguration: {name: a}, rules: [{subjects: [{kind: User, user: {name: a}}], nonResourceRules: [{verbs: [get], nonResourceURLs: ['/a*']}]}]} => spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "/a*": wildcard can only do suffix matching

        # prioritylevelconfigurations
        spec: {type: Exempt} => spec.type: Invalid value: "Exempt": type must be 'Exempt' if and only if name is 'exempt'
        spec: {type: Limited} => spec.limited: Required value: must not be empty when type is Limited
        spec: {type: Limited, limited: {limitResponse: {type: Queue, queuing: {handSize: 70}}}} => spec.limited.limitResponse.queuing.handSize: Invalid value: 70: should not be greater than queues (64)
        spec: {type: Limited, limited: {limitResponse: {type: Queue, queuing: {handSize: 11}}}} => spec.limited.limitResponse.queuing.handSize: Invalid value: 11: required entropy bits of deckSize 64 and handSize 11 should not be greater than 60
        spec: {type: Limited, limited: {borrowingLimitPercent: -1, limitResponse: {type: Reject}}} => spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer

        # ingresses
        spec: {defaultBackend: {}} => spec.defaultBackend: Invalid value: "": resource or service backend is required
        spec: {defaultBackend: {service: {name: a}}} => spec.defaultBackend: Required value: port name or number is required
        spec: {rules: [{host: 10.0.0.1}]} => spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address
        spec: {rules: [{host: 'a.*.com'}]} => spec.rules[0].host: Invalid value: "a.*.com": a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
        spec: {rules: [{http: {paths: [{path: /a//b, pathType: Prefix, backend: {service: {name: a, port: {number: 1}}}}]}}]} => spec.rules[0].http.paths[0].path: Invalid value: "/a//b": must not contain '//'
        spec: {rules: [{http: {paths: [{path: a, pathType: Exact, backend: {service: {name: a, port: {number: 1}}}}]}}]} => spec.rules[0].http.paths[0].path: Invalid value: "a": must be an absolute path

        # ingressclasses
        spec: {controller: ingress} => spec.controller: Invalid value: "ingress": must be a domain-prefixed path (such as "acme.io/foo")
        spec: {controller: a.com/b, parameters: {kind: K, name: n, scope: Namespace}} => spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'

        # ipaddresses
        metadata: {name: 10.0.0.1}, spec: {} => spec.parentRef: Required value
        metadata: {name: 10.0.0.1}, spec: {parentRef: {resource: services}} => spec.parentRef.name: Required value
        metadata: {name: 10.0.0.256} => metadata.name: Invalid value: "10.0.0.256": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)
        metadata: {name: '2001:DB8::1'} => metadata.name: Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")

        # networkpolicies
        spec: {podSelector: {}, ingress: [{from: [{}]}]} => spec.ingress[0].from[0]: Required value: must specify a peer
        spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/16, except: [10.1.0.0/24]}}]}]} => spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "10.1.0.0/24": must be a strict subset of `cidr`
        spec: {podSelector: {}, egress: [{ports: [{endPort: 5}]}]} => spec.egress[0].ports[0].endPort: Invalid value: 5: may not be specified when `port` is not specified
        spec: {podSelector: {}, egress: [{ports: [{port: 9, endPort: 5}]}]} => spec.egress[0].ports[0].endPort: Invalid value: 5: must be greater than or equal to `port`
        spec: {podSelector: {}, policyTypes: [Sideways]} => spec.policyTypes[0]: Unsupported value: "Sideways": supported values: "Ingress", "Egress"
        spec: {podSelector: {}, egress: [{ports: [{protocol: ICMP}]}]} => spec.egress[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"

        # servicecidrs
        spec: {} => spec.cidrs: Required value: at least one CIDR required
        spec: {cidrs: [10.0.0.1/24]} => spec.cidrs[0]: Invalid value: "10.0.0.1/24": must be in canonical form ("10.0.0.0/24")
        spec: {cidrs: [10.0.0.0/24, 10.0.1.0/24]} => spec.cidrs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64

        # runtimeclasses
        handler: A => handler: Invalid value: "A": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')
        handler: a, overhead: {podFixed: {cpu: -1}} => overhead.limits[cpu]: Invalid value: -1: must be greater than or equal to 0

        # poddisruptionbudgets
        spec: {minAvailable: 1, maxUnavailable: 1} => spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set

        # clusterroles
        rules: [{verbs: [get], resources: [pods]}] => rules[0].apiGroups: Required value: resource rules must supply at least one api group

        # clusterrolebindings
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole} => roleRef.name: Required value

        # roles
        rules: [{verbs: [get], apiGroups: [''], resources: []}] => rules[0].resources: Required value: resource rules must supply at least one resource

        # rolebindings
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}, subjects: [{kind: Robot, name: a}] => subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"

        # deviceclasses
        spec: {selectors: [{}]} => spec.selectors[0].cel: Required value
        spec: {config: [{}]} => spec.config[0].opaque: Required value
        spec: {config: [{opaque: {driver: a.b, parameters: 3}}]} => spec.config[0].opaque.parameters: Invalid value: 3: parameters must be a valid JSON object
        spec: {extendedResourceName: cpu} => spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name

        # resourceclaims
        spec: {devices: {requests: [{name: a}]}} => spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required
        spec: {devices: {requests: [{name: a, exactly: {}}]}} => spec.devices.requests[0].exactly.deviceClassName: Required value
        spec: {devices: {requests: [{name: a, exactly: {deviceClassName: c, allocationMode: Most}}]}} => spec.devices.requests[0].exactly.allocationMode: Unsupported value: "Most": supported values: "All", "ExactCount"
        spec: {devices: {requests: [{name: a, exactly: {deviceClassName: c, allocationMode: All, count: 2}}]}} => spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'
        spec: {devices: {$DEVICES, constraints: [{requests: [b], matchAttribute: a.b/c}]}} => spec.devices.constraints[0].requests[0]: Invalid value: "b": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'
        spec: {devices: {$DEVICES, constraints: [{matchAttribute: c}]}} => spec.devices.constraints[0].matchAttribute: Invalid value: "c": a fully qualified name must be a domain and a name separated by a slash
        spec: {devices: {requests: [{name: a, exactly: {deviceClassName: c}}, {name: a, exactly: {deviceClassName: c}}]}} => spec.devices.requests[1]: Duplicate value: "a"

        # resourceclaimtemplates
        spec: {spec: {devices: {requests: [{name: A, exactly: {deviceClassName: c}}]}}} => spec.spec.devices.requests[0].name: Invalid value: "A": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')

        # resourceslices
        spec: {nodeName: node, pool: {name: p, resourceSliceCount: 1}} => spec.driver: Required value
        spec: {driver: d, pool: {name: p, resourceSliceCount: 1}} => spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required
        spec: {driver: d, nodeName: node, allNodes: true, pool: {name: p, resourceSliceCount: 1}} => spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set
        spec: {driver: d, nodeName: node, pool: {name: p}} => spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero
        spec: {driver: d, nodeName: node, pool: {name: p, resourceSliceCount: 1}, devices: [{name: a, attributes: {x: {}}}]} => spec.devices[0].attributes[x]: Invalid value: "": exactly one value must be specified
        spec: {driver: d, nodeName: node, pool: {name: p, resourceSliceCount: 1}, devices: [{name: a, attributes: {x: {version: one}}}]} => spec.devices[0].attributes[x].version: Invalid value: "one": must be a string compatible with semver.org spec 2.0.0
        spec: {driver: d, nodeName: node, pool: {name: p, resourceSliceCount: 1}, devices: [{name: a, capacity: {m: {value: 1, requestPolicy: {default: 1}}}}]} => spec.devices[0].capacity[m].requestPolicy: Forbidden: allowMultipleAllocations must be true
        spec: {driver: d, nodeName: node, pool: {name: p, resourceSliceCount: 1}, devices: [{name: a, taints: [{key: k, effect: Run}]}]} => spec.devices[0].taints[0].effect: Unsupported value: "Run": supported values: "NoExecute", "NoSchedule", "None"

        # priorityclasses
        preemptionPolicy: Always => preemptionPolicy: Unsupported value: "Always": supported values: "PreemptLowerPriority", "Never"

        # csidrivers
        spec: {fsGroupPolicy: All} => spec.fsGroupPolicy: Unsupported value: "All": supported values: "File", "None", "ReadWriteOnceWithFSType"
        spec: {volumeLifecycleModes: [Short]} => spec.volumeLifecycleModes: Unsupported value: "Short": supported values: "Persistent", "Ephemeral"
        spec: {tokenRequests: [{audience: a, expirationSeconds: 599}]} => spec.tokenRequests[0].expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes
        spec: {tokenRequests: [{audience: ''}, {audience: ''}]} => spec.tokenRequests[1].audience: Duplicate value: ""

        # csinodes
        spec: {drivers: [{name: d}]} => spec.drivers[0].nodeID: Required value
        spec: {drivers: [{name: d, nodeID: n, topologyKeys: [a, a]}]} => spec.drivers[0]: Duplicate value: "a"

        # csistoragecapacities
        capacity: 1Gi => storageClassName: Invalid value: "": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
        storageClassName: a, capacity: -1 => capacity: Invalid value: -1: must be greater than or equal to 0

        # storageclasses
        reclaimPolicy: Recycle => provisioner: Required value
        provisioner: a, reclaimPolicy: Recycle => reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"
        provisioner: a, allowedTopologies: [{matchLabelExpressions: [{key: zone}]}] => allowedTopologies[0].matchLabelExpressions[0].values: Required value

        # volumeattachments
        spec: {attacher: a, nodeName: node, source: {}} => spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName
        spec: {attacher: a, nodeName: node, source: {persistentVolumeName: a, inlineVolumeSpec: {}}} => spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName

        # volumeattributesclasses
        driverName: a => parameters: Required value: must contain at least one key/value pair

        """;
}
